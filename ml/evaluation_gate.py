"""Whether a candidate warp is better than the one in use, by pairs with a truth that neither was trained on.

Two hold-outs: the product's own twins, so that a store's training spoils nothing for others, and the third
of the store's garments and photos that was kept from the training.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from time import monotonic
from typing import Any, Literal

import cv2
import numpy as np

from ml.crops import NETWORK_SIZE
from ml.evaluation_warp import score
from ml.layout import GARMENT
from ml.metrics import interval, psnr_inside, ssim_inside
from ml.training.store_set import StoreSet, WornPair
from ml.training.warp import FIRST_SEED
from ml.training.warp_samples import make_sample, plain_sample
from ml.twins.scene import make_geometry
from ml.twins.textures import TextureSource
from ml.warpnet import Warp, Warper

Verdict = Literal["better", "same", "worse"]
LEAST_PAIRS = 8
"""A bootstrap of fewer says less than it seems to: such a measure is shown and decides nothing."""
TWIN_SEED = 20_000
"""Of the first held-out twin; all lie below FIRST_SEED."""
TWINS = 120


@dataclass(frozen=True)
class Measure:
    """One thing that is measured on each pair. least: the smallest difference that anybody could notice."""

    name: str
    hold_out: str
    unit: str
    least: float
    higher_is_better: bool = False


MEASURES = (
    Measure("error", "product", "px", 0.05),
    Measure("folded", "product", "share", 0.001),
    Measure("error", "store", "px", 0.05),
    Measure("folded", "store", "share", 0.001),
    Measure("error", "worn", "px", 0.1),
    Measure("folded", "worn", "share", 0.001),
    Measure("ssim", "worn", "", 0.002, higher_is_better=True),
    Measure("psnr", "worn", "dB", 0.05, higher_is_better=True),
)
"""error: mean end-point error on the garment, in px of the 256x192 frame. folded: share of it that is turned
over. ssim, psnr: of the flat garment moved back onto the photo it was cut from, over the garment."""
HOLD_OUTS = {
    "product": "the product's own twins",
    "store": "twins in the store's garments",
    "worn": "worn garments of the store's photos",
}


@dataclass(frozen=True)
class Comparison:
    """A measure of both networks on the same pairs: means, and the mean difference (candidate less current)
    with its 95 % interval. enough: whether there are pairs enough to decide anything."""

    name: str
    hold_out: str
    unit: str
    pairs: int
    current: float
    candidate: float
    difference: float
    low: float
    high: float
    verdict: Verdict
    enough: bool = True


@dataclass(frozen=True)
class Report:
    """The outcome of the gate, with a sentence why."""

    verdict: Verdict
    why: str
    comparisons: tuple[Comparison, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def figures(self) -> dict[str, Any]:
        """The sentence and the means with their intervals by name, for a short list."""
        shown = ("current", "candidate", "difference", "low", "high", "pairs")
        return {"why": self.why} | {
            f"{each.hold_out} {each.name} {each.unit}".strip(): {name: getattr(each, name) for name in shown}
            for each in self.comparisons
            if each.pairs
        }


def compare(measure: Measure, current: Sequence[float], candidate: Sequence[float]) -> Comparison:
    """Compare values of the same pairs, (N,) each, N >= 1. Pairs where either is not finite are left out.

    Better or worse is what the whole interval says, by more than anybody would overlook.
    """
    both = np.array([current, candidate], float)
    both = both[:, np.isfinite(both).all(0)]
    if not both.size:
        return Comparison(
            measure.name, measure.hold_out, measure.unit, 0, 0, 0, 0, 0, 0, "same", enough=False
        )
    differences = both[1] - both[0]
    mean = float(differences.mean())
    low, high = interval(differences, np.random.default_rng(0))
    sign = 1 if measure.higher_is_better else -1
    verdict: Verdict = "same"
    enough = both.shape[1] >= LEAST_PAIRS
    if enough and abs(mean) > measure.least and low * high > 0:
        verdict = "better" if sign * mean > 0 else "worse"
    before, after, mean, low, high = (round(float(value), 5) for value in (*both.mean(1), mean, low, high))
    about = measure.name, measure.hold_out, measure.unit, both.shape[1]
    return Comparison(*about, before, after, mean, low, high, verdict, enough)


def judge(comparisons: Sequence[Comparison]) -> Report:
    """Worse if anything is worse; better if something is better and nothing worse; otherwise the same."""
    worse, better = ([each for each in comparisons if each.verdict == side] for side in ("worse", "better"))
    if worse:
        saved = " What is better does not make up for it." if better else ""
        return Report("worse", _told(worse) + saved, tuple(comparisons))
    if better:
        return Report("better", f"{_told(better)} Nothing is worse.", tuple(comparisons))
    few = not any(each.enough for each in comparisons)
    certain = "No difference is both certain and large enough to see."
    return Report("same", "There are too few pairs to tell." if few else certain, tuple(comparisons))


def _told(found: Sequence[Comparison]) -> str:
    """A sentence about differences."""
    told = "; ".join(
        f"{each.name} on {HOLD_OUTS[each.hold_out]} went from {each.current:.3g} to {each.candidate:.3g}"
        f"{' ' * bool(each.unit)}{each.unit} (difference {each.difference:+.3g}, 95 % interval "
        f"{each.low:+.3g} to {each.high:+.3g}, {each.pairs} pairs)"
        for each in found
    )
    return f"{told[0].upper()}{told[1:]}."


def gate(
    current: Warper,
    candidate: Warper,
    held_out: StoreSet,
    *,
    twins: int = TWINS,
    on_pair: Callable[[int, int], None] = lambda done, pairs: None,
) -> Report:
    """Compare both on the product's hold-out and on `held_out`, what `StoreSet.split` gives second.

    `on_pair` is told how many pairs are done, of how many. Raises ValueError for twins that were trained on.
    """
    if not 0 < TWIN_SEED + twins <= FIRST_SEED:
        raise ValueError(f"twins from {FIRST_SEED} on are for training")
    found: dict[tuple[str, str], tuple[list[float], list[float]]] = {
        (each.hold_out, each.name): ([], []) for each in MEASURES
    }
    total, done = twins + len(held_out.worn), 0
    for number in range(TWIN_SEED, TWIN_SEED + twins):
        for side, warper in enumerate((current, candidate)):
            for hold_out, values in _on_twin(warper, number, held_out).items():
                for name, value in values.items():
                    found[hold_out, name][side].append(value)
        on_pair(done := done + 1, total)
    for pair in held_out.worn:
        for side, warper in enumerate((current, candidate)):
            for name, value in _on_worn(warper, pair).items():
                found["worn", name][side].append(value)
        on_pair(done := done + 1, total)
    return judge([compare(each, *found[each.hold_out, each.name]) for each in MEASURES])


def gate_seconds(current: Warper, held_out: StoreSet, twins: int = TWINS) -> float:
    """About how long `gate` takes here, by the pace of a few pairs."""
    few = replace(held_out, worn=held_out.worn[:1])
    gate(current, current, few, twins=1)  # What is compiled at its first use says nothing of the pace.
    begun, measured = monotonic(), 2
    gate(current, current, few, twins=measured)
    return (monotonic() - begun) * (twins + len(held_out.worn)) / (measured + len(few.worn))


def _on_twin(warper: Warper, number: int, held_out: StoreSet) -> dict[str, dict[str, float]]:
    geometry = make_geometry(number)
    samples = {"product": plain_sample(geometry, number)}
    same = [each for each in held_out.fabrics if each.category == geometry.category] or list(held_out.fabrics)
    if same:
        rng = np.random.default_rng((number, 1))
        fabric = same[int(rng.integers(len(same)))]
        samples["store"] = make_sample(geometry, _OneFabric(fabric.texture), rng)
    found = {}
    for hold_out, sample in samples.items():
        scored = score(warper.warp(sample.person, sample.cloth), sample, geometry.category)
        found[hold_out] = {"error": scored.mean_error, "folded": scored.folded}
    return found


class _OneFabric(TextureSource):
    """Always the same cloth."""

    def __init__(self, texture: np.ndarray) -> None:
        super().__init__()
        self._texture = texture

    def __call__(self, rng: np.random.Generator) -> np.ndarray:
        return self._texture


def _on_worn(warper: Warper, pair: WornPair) -> dict[str, float]:
    sample = pair.sample
    warp = warper.warp(sample.person, sample.cloth)
    scored = score(warp, sample, pair.category)
    moved, worn = put_back(warp, pair), sample.layout == GARMENT
    return {
        "error": scored.mean_error,
        "folded": scored.folded,
        "ssim": ssim_inside(moved, pair.photo, worn),
        "psnr": psnr_inside(moved, pair.photo, worn),
    }


def put_back(warp: Warp, pair: WornPair) -> np.ndarray:
    """(256, 192, 3) uint8: the photo with the flat garment moved to where it was cut out."""
    at = (warp.flow * np.array(NETWORK_SIZE[::-1], np.float32) - 0.5).astype(np.float32)
    image = np.ascontiguousarray(pair.sample.cloth.image)
    moved = cv2.remap(image, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.where((pair.sample.layout == GARMENT)[..., None], moved, pair.photo)
