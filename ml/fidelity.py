"""How much of a garment is kept in a try-on: the result is taken back to the garment and compared."""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.colour import ciede2000, lab

CELLS = 96
"""Cells on the longer side of the garment's box: finer detail no photo of a whole person shows."""
COVERED = 0.9
"""Alpha from which a photo's pixel, and share of cloth from which a cell, counts as garment."""
LEAST_CELLS = 50
"""Garments of which fewer cells are seen are not measured."""
LOCAL_SIGMA = 8.0
"""Cells (standard deviation of a Gaussian) of the mean lightness, which is light and no print."""
PRINTED = 8.0
"""Local contrast, in units of L*, from which a garment has a print: folds and seams alone stay under it."""

INVISIBLE = 0.1
"""Local contrast, likewise, under which there is nothing to be compared."""


@dataclass(frozen=True)
class ClothCells:
    """A garment's picture in coarse cells.

    colours: RGB float32 (h, w, 3); covered: bool (h, w), cells wholly on the front of the garment; size: (h,
    w) of the picture in pixels.
    """

    colours: np.ndarray
    covered: np.ndarray
    size: tuple[int, int]

    @classmethod
    def of(cls, image: np.ndarray, mask: np.ndarray) -> "ClothCells":
        """Of a picture, RGB uint8 (H, W, 3), and the garment's front in it, bool (H, W), not empty."""
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        shrink = max(1.0, max(np.ptp(rows), np.ptp(columns)) / CELLS)
        width, height = (max(1, round(side / shrink)) for side in (mask.shape[1], mask.shape[0]))
        small = cv2.resize(image.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        share = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        return cls(small, share > COVERED, mask.shape)

    @property
    def contrast(self) -> float:
        """Root mean square of what the local mean does not explain of its lightness, in units of L*."""
        detail = local_detail(lab(self.colours)[..., 0], self.covered)[self.covered]
        return float(np.sqrt((detail**2).mean())) if detail.size else 0.0


def unwarp(
    cells: ClothCells, image: np.ndarray, flow: np.ndarray, worn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A result taken back to the garment: RGB float32 (h, w, 3), mean of the pixels that came from each cell,
    and bool (h, w), covered cells from which any came.

    image: RGB uint8 (H, W, 3); flow: (H, W, 2), its pixels in the garment's picture; worn: bool (H, W), where
    it shows the garment.
    """
    height, width = cells.covered.shape
    places = (flow[worn] + 0.5) * (np.array([width, height]) / cells.size[::-1])
    x, y = np.floor(places).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    index, pixels = (y * width + x)[inside], image[worn][inside].astype(np.float64)
    count = np.bincount(index, minlength=height * width)
    total = np.stack([np.bincount(index, pixels[:, c], height * width) for c in range(3)], axis=1)
    mean = (total / np.maximum(count, 1)[:, None]).reshape(height, width, 3).astype(np.float32)
    return mean, cells.covered & (count.reshape(height, width) > 0)


def fidelity(cells: ClothCells, image: np.ndarray, flow: np.ndarray, worn: np.ndarray) -> dict[str, float]:
    """The garment in a result against its picture, cell by cell over the cells that are seen.

    garment_seen: share of the garment's cells that are seen; colour_difference: median CIEDE2000;
    print_kept (-1..1), only of garments with prints: normalised cross-correlation of L* without its local
    mean. Arguments as for `unwarp`. Empty when fewer than LEAST_CELLS cells are seen.
    """
    mean, seen = unwarp(cells, image, flow, worn)
    if seen.sum() < LEAST_CELLS:
        return {}
    result, truth = lab(mean), lab(cells.colours)
    numbers = {
        "garment_seen": float(seen.sum() / cells.covered.sum()),
        "colour_difference": float(np.median(ciede2000(result[seen], truth[seen]))),
    }
    if cells.contrast > PRINTED:
        one, other = (local_detail(picture[..., 0], seen)[seen] for picture in (result, truth))
        spread = float(np.sqrt((one**2).mean() * (other**2).mean()))
        numbers["print_kept"] = float((one * other).mean()) / spread if spread > INVISIBLE else 0.0
    return numbers


def local_detail(lightness: np.ndarray, known: np.ndarray) -> np.ndarray:
    """`lightness` (h, w) less its Gaussian mean over the `known` pixels around, float32; 0 elsewhere."""
    weight = known.astype(np.float32)
    total = cv2.GaussianBlur(lightness * weight, (0, 0), LOCAL_SIGMA)
    mean = total / np.maximum(cv2.GaussianBlur(weight, (0, 0), LOCAL_SIGMA), 1e-6)
    return np.where(known, lightness - mean, 0).astype(np.float32)
