"""Numbers about a try-on: is the rest untouched, and, when the truth is known, how close is it."""

from collections.abc import Sequence

import numpy as np

from ml.pose import Pose

BOOTSTRAPS = 1000
JOINT_SEEN, PCK_REACH = 0.5, 0.1
"""Visibility from which a joint counts; how far it may move, in lengths of the torso."""


def outside_difference(photo: np.ndarray, result: np.ndarray, mask: np.ndarray) -> int:
    """Largest difference of any channel outside `mask` (bool (H, W)) between two RGB uint8 (H, W, 3); 0 is
    the promise.
    """
    outside = ~mask
    if not outside.any():
        return 0
    return int(np.abs(photo[outside].astype(np.int16) - result[outside]).max())


def face_difference(photo: np.ndarray, result: np.ndarray, face: np.ndarray) -> int:
    """Likewise inside `face` (bool (H, W)): 0 is the promise, whatever the mask."""
    return outside_difference(photo, result, ~face)


def pose_kept(before: Pose, after: Pose) -> float | None:
    """PCK@0.1 (Yang and Ramanan, 2013): share of the 13 joints that are seen before which afterwards lie
    within 0.1 of the torso's length (middle of shoulders to middle of hips) of their place; None when none
    is seen.
    """
    joints, visibility = before.joints()
    moved, _ = after.joints()
    seen = visibility > JOINT_SEEN
    torso = float(np.linalg.norm(joints[1:3].mean(axis=0) - joints[7:9].mean(axis=0)))
    close = np.linalg.norm(moved - joints, axis=1) <= PCK_REACH * torso
    return float(close[seen].mean()) if seen.any() else None


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


def interval(values: Sequence[float], rng: np.random.Generator) -> tuple[float, float]:
    """95 % bootstrap interval (percentile method, Efron 1979) of the mean of `values` (N,), N >= 1."""
    sample = np.asarray(values, float)
    draws = sample[rng.integers(len(sample), size=(BOOTSTRAPS, len(sample)))].mean(1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def estimate(values: Sequence[float]) -> dict[str, float]:
    """Mean of `values`, its 95 % interval and their number; values that are not finite are left out, and
    nothing is said of none.
    """
    finite = [value for value in values if np.isfinite(value)]
    if not finite:
        return {}
    low, high = interval(finite, np.random.default_rng(0))
    rounded = (round(float(value), 4) for value in (np.mean(finite), low, high))
    return {**dict(zip(("mean", "low", "high"), rounded, strict=True)), "n": len(finite)}


def summary(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, rounded to a thousandth; empty for no values."""
    if not values:
        return {}
    median, high = np.percentile(np.asarray(values, float), (50, 95))
    return {"median": round(float(median), 3), "p95": round(float(high), 3)}
