"""`python -m ml tryon PERSON CLOTH ...`: one garment or an outfit on one person, from file to file."""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ml.analysis import ClothAnalysis, PersonAnalysis, TryOnResult
from ml.images import output_format, read_image, write_image
from ml.outfit import OUTER, dress_outfit
from ml.photocheck import CATEGORIES
from ml.pipeline import TryOnPipeline
from ml.posenets import add_pose_arguments, pose_source


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `tryon`."""
    parser.add_argument("person", type=Path, help="photo of one person facing the camera")
    parser.add_argument("cloth", type=Path, nargs="+", help="picture of one garment; several make an outfit")
    kinds = ", ".join((*CATEGORIES, OUTER))
    parser.add_argument("--category", action="append", required=True, help=f"{kinds}; once for each garment")
    parser.add_argument("--output", type=Path, required=True, help="the result, a PNG, JPEG or WebP file")
    parser.add_argument("--save-mask", type=Path, help="white where pixels were allowed to change")
    parser.add_argument("--report", type=Path, help="JSON: timings, confidence, model version")
    parser.add_argument(
        "--warper", choices=("net", "tps"), default="net", help="trained warp or spline baseline"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    add_pose_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Try on; files are written only once everything has succeeded."""
    for path in filter(None, (arguments.output, arguments.save_mask)):
        output_format(path)
    if len(arguments.category) != len(arguments.cloth):
        raise ValueError(f"give --category once for each of the {len(arguments.cloth)} garments")
    photo, pictures = read_image(arguments.person), [read_image(path) for path in arguments.cloth]
    pipeline = TryOnPipeline.load(arguments.device, arguments.warper, pose_source(arguments))
    cloths = [_analyse(pipeline, *garment) for garment in zip(pictures, arguments.category, strict=True)]
    person = pipeline.analyse_person(photo)
    result = dress_outfit(pipeline, person, cloths)
    write_image(arguments.output, result.image)
    if arguments.save_mask:
        write_image(arguments.save_mask, result.mask)
    report = _report(pipeline, person, result)
    if arguments.report:
        arguments.report.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report))
    return 0


def _analyse(pipeline: TryOnPipeline, picture: np.ndarray, kind: str) -> ClothAnalysis:
    outer = kind == OUTER
    return replace(pipeline.analyse_cloth(picture, "upper_body" if outer else kind), outer=outer)


def _report(pipeline: TryOnPipeline, person: PersonAnalysis, result: TryOnResult) -> dict[str, Any]:
    height, width = result.image.shape[:2]
    return {
        "status": "succeeded",
        "model_version": pipeline.model_version,
        "confidence": round(result.confidence, 4),
        "width": width,
        "height": height,
        "photo_was_reduced": person.reduced,
        "mask_share": round(float(result.mask.mean()), 4),
        "seconds": round(sum(result.timings.values()), 3),
        "timings": {stage: round(seconds, 3) for stage, seconds in result.timings.items()},
    }
