"""`python -m ml bench`: how long one try-on takes on this machine, and how much memory."""

import argparse
import json
import resource
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from ml.contact import thumbnail
from ml.images import read_image
from ml.photocheck import CATEGORIES
from ml.pipeline import TryOnPipeline
from ml.precision import best_device, uses_bfloat16
from ml.progress import STAGES

PHOTO_HEIGHT, PHOTO_WIDTH = 1024, 768
"""Size to which every photo is brought, so that figures of different photos compare."""
SAMPLE = Path("shop/sample")
"""Pictures of this repository, seen from its root, where commands are run."""


def bench(
    pipeline: TryOnPipeline, photo: np.ndarray, cloth: np.ndarray, category: str, repeat: int
) -> dict[str, Any]:
    """Medians of `repeat` try-ons (at least 1) after one that warms up; seconds of the wall clock.

    photo, cloth: RGB uint8 (H, W, 3) and (h, w, 3). Each repeat goes the whole way (`full`) and dresses the
    same analyses once more (`analysed`), as for a second look at a garment. The peak is the memory that was
    resident at most when the first try-on was done, in 10^6 bytes: that of a process which does just one.
    Reading and writing files is not part of it. Raises Refusal.
    """
    _whole_way(pipeline, photo, cloth, category)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    rounds = [_whole_way(pipeline, photo, cloth, category) for _ in range(repeat)]
    stages = {stage: [timings[stage] for _, _, timings in rounds] for stage in STAGES}
    return {
        "median_seconds_analysed": round(median(analysed for _, analysed, _ in rounds), 3),
        "median_seconds_full": round(median(full for full, _, _ in rounds), 3),
        "peak_rss_mb": round(peak),
        "median_seconds_by_stage": {stage: round(median(values), 3) for stage, values in stages.items()},
    }


def _whole_way(
    pipeline: TryOnPipeline, photo: np.ndarray, picture: np.ndarray, category: str
) -> tuple[float, float, dict[str, float]]:
    """Seconds of the whole way and of dressing once more, and the stages of the former."""
    begin = time.perf_counter()
    person, cloth = pipeline.analyse_person(photo), pipeline.analyse_cloth(picture, category)
    timings = pipeline.dress(person, cloth).timings
    middle = time.perf_counter()
    pipeline.dress(person, cloth)
    return middle - begin, time.perf_counter() - middle, timings


def add_picture_arguments(parser: argparse.ArgumentParser) -> None:
    """The person and the garment that stand for all, by default samples of this repository."""
    person, cloth = SAMPLE / "shoppers/shopper-1.jpg", SAMPLE / "garments/breton-top-red.jpg"
    parser.add_argument("--person", type=Path, default=person, help="photo (default: a sample shopper)")
    parser.add_argument("--cloth", type=Path, default=cloth, help="garment (default: a sample top)")
    parser.add_argument("--category", default="upper_body", help=", ".join(CATEGORIES))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `bench`."""
    add_picture_arguments(parser)
    parser.add_argument("--repeat", type=_at_least_one, default=5, metavar="N", help="try-ons (default: 5)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Measure with the shipped weights and print the figures."""
    photo = thumbnail(read_image(arguments.person), PHOTO_HEIGHT)
    picture = read_image(arguments.cloth)
    device = best_device(arguments.device)
    pipeline = TryOnPipeline.load(arguments.device)
    figures = bench(pipeline, photo, picture, arguments.category, arguments.repeat) | {
        "repeat": arguments.repeat,
        "height": photo.shape[0],
        "width": photo.shape[1],
        "device": device.type,
        "threads": torch.get_num_threads(),
        "bfloat16": uses_bfloat16(device),
        "torch": torch.__version__,
        "model_version": pipeline.model_version,
    }
    print(json.dumps(figures) if arguments.json else _table(figures))
    return 0


def _at_least_one(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    numbers = "bfloat16" if figures["bfloat16"] else "float32"
    rows = [
        ("whole way", "median_seconds_full"),
        ("photo and garment analysed", "median_seconds_analysed"),
    ]
    stages = figures["median_seconds_by_stage"].items()
    return "\n".join(
        [
            "{width} x {height} px, {device}, {threads} threads, torch {torch}".format(**figures)
            + f", {numbers}; median of {figures['repeat']}",
            *(f"{name:<28}{figures[key]:>8.3f} s" for name, key in rows),
            *(f"  {stage:<26}{seconds:>8.3f} s" for stage, seconds in stages),
            f"{'peak memory':<28}{figures['peak_rss_mb']:>8} MB",
        ]
    )
