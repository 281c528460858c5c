"""Numbers about a try-on: is the rest untouched, and, when the truth is known, how close is it."""

from collections.abc import Sequence

import numpy as np


def outside_difference(photo: np.ndarray, result: np.ndarray, mask: np.ndarray) -> int:
    """Largest difference of any channel outside `mask` (bool (H, W)) between two RGB uint8 (H, W, 3); 0 is
    the promise.
    """
    outside = ~mask
    if not outside.any():
        return 0
    return int(np.abs(photo[outside].astype(np.int16) - result[outside]).max())


def psnr_inside(result: np.ndarray, target: np.ndarray, mask: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB over `mask`; infinite for equal pixels, nan for an empty mask."""
    if not mask.any():
        return float("nan")
    import torch
    from torchmetrics.functional.image import peak_signal_noise_ratio

    pixels, truth = (torch.from_numpy(image[mask].astype(np.float32)) for image in (result, target))
    return float(peak_signal_noise_ratio(pixels, truth, data_range=255.0))


def ssim_inside(result: np.ndarray, target: np.ndarray, mask: np.ndarray) -> float:
    """Structural similarity (-1..1) averaged over `mask`; nan for an empty mask."""
    if not mask.any():
        return float("nan")
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure

    pixels, truth = (
        torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)[None] for image in (result, target)
    )
    _, local = structural_similarity_index_measure(pixels, truth, data_range=255.0, return_full_image=True)
    return float(local[0].mean(0)[torch.from_numpy(mask)].mean())


def summary(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, rounded to a thousandth; empty for no values."""
    if not values:
        return {}
    median, high = np.percentile(np.asarray(values, float), (50, 95))
    return {"median": round(float(median), 3), "p95": round(float(high), 3)}
