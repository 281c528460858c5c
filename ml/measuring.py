"""All numbers of one try-on, whoever made it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from ml.analysis import ClothAnalysis, PersonAnalysis, TryOnResult
from ml.colour import lab
from ml.errors import Refusal
from ml.fidelity import COVERED, ClothCells, fidelity
from ml.groups import arms_of, breadth, confidence_group, skin_tone, sleeve_change, sleeves_worn
from ml.images import fit_within, read_image
from ml.leak import leak
from ml.metrics import face_difference, outside_difference, pose_kept, psnr_inside, ssim_inside
from ml.pipeline import TryOnPipeline
from ml.sleevelength import sleeves_of_picture

LARGEST = ("outside_difference", "face_difference")
"""Of these the largest counts, and must be 0."""
AVERAGED = (
    "pose_kept", "colour_difference", "print_kept", "garment_seen", "sleeves_kept", "leak",
    "ssim_inside", "psnr_inside", "mask_share", "confidence",
)  # fmt: skip
"""Of these the mean over pairs is reported, with its interval."""
DIGITS = 4


@dataclass(frozen=True)
class Pair:
    """One line of the table: files and category; if there are any, the true picture, and a mask that is white
    where it counts.
    """

    person: Path
    cloth: Path
    category: str
    target: Path | None = None
    region: Path | None = None


@dataclass(frozen=True)
class Truth:
    """The true picture, RGB uint8 (H, W, 3), and where results are compared with it, bool (H, W); None: where
    each result was allowed to change.
    """

    image: np.ndarray
    region: np.ndarray | None

    @classmethod
    def of(cls, pair: Pair, shape: tuple[int, ...]) -> Self | None:
        """What the pair names, if anything. Raises ValueError unless it has the photo's `shape`."""
        if pair.target is None:
            return None
        image = fit_within(read_image(pair.target))
        region = None if pair.region is None else fit_within(read_image(pair.region))
        for path, picture in ((pair.target, image), (pair.region, region)):
            if picture is not None and picture.shape != shape:
                raise ValueError(f"{path} has not the size of {pair.person}")
        return cls(image, None if region is None else region[..., 0] > 127)


class Measuring:
    """Measures tries of one garment on one person; what they share is worked out once.

    pipeline: finds the pose again in each result.
    """

    def __init__(
        self, pipeline: TryOnPipeline, person: PersonAnalysis, cloth: ClothAnalysis, truth: Truth | None
    ) -> None:
        front = cloth.mask & ~cloth.inside
        self._pipeline, self._person, self._category, self._truth = pipeline, person, cloth.category, truth
        self._cells = ClothCells.of(cloth.image, front if front.any() else cloth.mask)
        self._new = lab(self._cells.colours[self._cells.covered])
        sleeved = cloth.category != "lower_body"
        self._sleeves = sleeves_of_picture(cloth.mask) if sleeved else None

    def numbers(self, result: TryOnResult) -> dict[str, float]:
        """Every number that `result` (with placement) has; see docs/evaluation.md."""
        photo, image, scene = self._person.photo, result.image, self._person.scene
        found: dict[str, float | None] = {
            "outside_difference": outside_difference(photo, image, result.mask),
            "face_difference": face_difference(photo, image, scene.regions["face"]),
            "mask_share": float(result.mask.mean()),
            "confidence": result.confidence,
            "pose_kept": self._pose_kept(image),
        }
        if result.placement is not None:
            alpha = result.placement.alpha
            found |= fidelity(self._cells, image, result.placement.flow, alpha > COVERED)
            found["sleeves_kept"] = self._sleeves_kept(alpha)
            found["leak"] = leak(scene, self._category, self._new, image, alpha, result.mask)
        if self._truth is not None:
            where = result.mask if self._truth.region is None else self._truth.region
            found["ssim_inside"] = ssim_inside(image, self._truth.image, where)
            found["psnr_inside"] = psnr_inside(image, self._truth.image, where)
        # A result equal to the truth has no signal-to-noise ratio, nor has an empty region any.
        return {k: round(v, DIGITS) for k, v in found.items() if v is not None and np.isfinite(v)}

    def groups(self, result: TryOnResult) -> dict[str, Any]:
        """What kind of person and try-on this is, and how broad the person is."""
        pose = self._person.check.pose
        kinds = {
            "arms": arms_of(pose),
            "skin tone": skin_tone(self._person.scene),
            "confidence": confidence_group(result.confidence),
        }
        if result.placement is not None:
            kinds["sleeves"] = sleeve_change(self._person.scene, self._category, result.placement.alpha)
        return {
            "breadth": round(breadth(pose), DIGITS),
            "groups": {k: v for k, v in kinds.items() if v is not None},
        }

    def _sleeves_kept(self, alpha: np.ndarray) -> float | None:
        worn = sleeves_worn(self._person.check.pose, alpha > 0.5)
        return None if self._sleeves is None or worn is None else float(worn == self._sleeves)

    def _pose_kept(self, image: np.ndarray) -> float | None:
        try:
            after = self._pipeline.check_photo(image).pose
        except Refusal:
            return 0.0  # nobody would take it for a photo of one person
        return pose_kept(self._person.check.pose, after)
