"""`python -m ml evaluate-warp`: score the warp network on twins, or on real garments, it has never seen."""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from ml.crops import NETWORK_SIZE
from ml.features import CATEGORIES
from ml.layout import GARMENT, LAYOUT
from ml.metrics import interval
from ml.pipeline import TryOnPipeline
from ml.training.warp import FIRST_SEED
from ml.training.warp_samples import WarpSample, plain_sample
from ml.training.worn_samples import worn_samples
from ml.twins.scene import make_geometry
from ml.warpnet import Warp, Warper


@dataclass(frozen=True)
class TwinScore:
    """Of one twin or worn garment: end-point error in px of the 256x192 frame, mean and median over its
    pixels; share of them where the flow folds over though the truth does not; for each class of the layout
    the px in both and in either of answer and truth.
    """

    category: str
    mean_error: float
    median_error: float
    folded: float
    hits: tuple[int, ...]
    unions: tuple[int, ...]


def jacobian(flow: np.ndarray) -> np.ndarray:
    """(H - 1, W - 1) determinant of the flow's Jacobian by forward differences; flow: (H, W, 2) px."""
    across = flow[:-1, 1:] - flow[:-1, :-1]
    down = flow[1:, :-1] - flow[:-1, :-1]
    return across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]


def score(warp: Warp, truth: WarpSample, category: str) -> TwinScore:
    """Compare a warp with the twin's truth."""
    size = np.array(NETWORK_SIZE[::-1], np.float32)
    worn = truth.layout == GARMENT
    error = np.linalg.norm((warp.flow - truth.flow) * size, axis=2)[worn]
    inner = worn[:-1, :-1] & worn[1:, :-1] & worn[:-1, 1:]
    upright = inner & (jacobian(truth.flow * size) > 0)
    folded = (jacobian(warp.flow * size) < 0) & upright
    shown = np.where(truth.counted, warp.layout.argmax(0), -1)
    expected = np.where(truth.counted, truth.layout.astype(int), -1)
    pairs = [((shown == k), (expected == k)) for k in range(len(LAYOUT))]
    return TwinScore(
        category,
        float(error.mean()),
        float(np.median(error)),
        float(folded.sum() / max(1, upright.sum())),
        tuple(int((a & b).sum()) for a, b in pairs),
        tuple(int((a | b).sum()) for a, b in pairs),
    )


def summary(scores: list[TwinScore]) -> dict[str, dict[str, object]]:
    """Figures for each category present and for all together."""
    rng, out = np.random.default_rng(0), {}
    for name in (*CATEGORIES, "all"):
        chosen = [s for s in scores if name in (s.category, "all")]
        if not chosen:
            continue
        errors = np.array([s.mean_error for s in chosen])
        hits, unions = (np.array([getattr(s, part) for s in chosen]).sum(0) for part in ("hits", "unions"))
        out[name] = {
            "twins": len(chosen),
            "mean_error_px": round(float(errors.mean()), 2),
            "interval_px": tuple(round(v, 2) for v in interval(errors, rng)),
            "median_error_px": round(float(np.median([s.median_error for s in chosen])), 2),
            "folded": round(float(np.mean([s.folded for s in chosen])), 4),
            "layout_iou": {
                k: round(float(h / max(u, 1)), 3) for k, h, u in zip(LAYOUT, hits, unions, strict=True)
            },
        }
    return out


def evaluate(warper: Warper, count: int, seed: int) -> list[TwinScore]:
    """Scores of the twins `seed`, `seed` + 1, ... Raises ValueError when those were trained on."""
    if not 0 <= seed <= seed + count <= FIRST_SEED:
        raise ValueError(f"twins from {FIRST_SEED} on are for training")
    scores = []
    for number in range(seed, seed + count):
        geometry = make_geometry(number)
        truth = plain_sample(geometry, number)
        scores.append(score(warper.warp(truth.person, truth.cloth), truth, geometry.category))
    return scores


def evaluate_worn(warper: Warper, data: Path, cache: Path) -> list[TwinScore]:
    """Scores of the garments worn in the held-out photos of data/people, put back on their wearers. `cache`:
    for their poses, and for what was taken off.
    """
    analyse = TryOnPipeline.load().analyse_person
    worn = worn_samples(data / "people", cache / "worn-holdout", cache / "poses", analyse, held_out=True)
    return [score(warper.warp(each.person, each.cloth), each, each.cloth.category) for each in worn]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=1000, help="how many twins")
    parser.add_argument(
        "--seed", type=int, default=0, help=f"of the first twin; all must stay under {FIRST_SEED}"
    )
    parser.add_argument(
        "--weights", type=Path, help="folder with warp.safetensors (default: the shipped one)"
    )
    parser.add_argument(
        "--data", type=Path, help="score on the garments worn in the held-out photos of its people/ instead"
    )
    parser.add_argument("--cache", type=Path, default=Path("var/training"), help="for what is made of those")
    parser.add_argument("--output", type=Path, help="write each twin's score there as JSON, too")


def run(args: argparse.Namespace) -> int:
    """Print the figures as JSON; exit status 0."""
    torch.set_num_threads(2)
    warper = Warper.load(weights=args.weights) if args.weights else Warper.load()
    if args.data:
        scores = evaluate_worn(warper, args.data, args.cache)
    else:
        scores = evaluate(warper, args.count, args.seed)
    print(json.dumps(summary(scores), indent=2))
    if args.output:
        args.output.write_text(json.dumps([asdict(s) for s in scores]))
    return 0
