"""Do results look like photos of people at all? Kernel inception distance (Binkowski et al., 2018), with what
the parser sees instead of an Inception network.

It compares two crowds of pictures, not pictures of a pair: neither a truth nor a garment is needed.
"""

import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

SUBSET, SUBSETS = 50, 100
"""Pictures of each crowd that are compared at a time, and how many times they are drawn."""


class Crowds:
    """Features of photos and of the results of each method, (F,) float32 each."""

    def __init__(self) -> None:
        self._photos: dict[Path, np.ndarray] = {}
        self._results: dict[str, list[np.ndarray]] = defaultdict(list)

    def add(self, method: str, photo: Path, before: np.ndarray, after: np.ndarray) -> None:
        """One result: features of the photo at `photo`, which counts once, and of the picture made of it."""
        self._photos.setdefault(photo, before)
        self._results[method].append(after)

    def distances(self) -> dict[str, dict[str, float]]:
        """Mean and standard deviation over the draws, and the number of results, of each method; nothing for
        fewer than SUBSET photos or results.
        """
        if len(self._photos) < SUBSET:
            return {}
        real = _stacked(list(self._photos.values()))
        return {
            method: _distance(real, _stacked(results))
            for method, results in self._results.items()
            if len(results) >= SUBSET
        }


def _stacked(features: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(features))


def _distance(real: Tensor, made: Tensor) -> dict[str, float]:
    from torchmetrics.image.kid import KernelInceptionDistance

    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        # It warns of the memory that features take: these take half a megabyte.
        warnings.simplefilter("ignore", UserWarning)
        torch.manual_seed(0)
        metric = KernelInceptionDistance(torch.nn.Identity(), subsets=SUBSETS, subset_size=SUBSET)
        metric.update(real, real=True)
        metric.update(made, real=False)
        mean, deviation = metric.compute()
    return {"mean": round(float(mean), 5), "std": round(float(deviation), 5), "n": len(made)}
