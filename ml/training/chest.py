"""Learn what bare chests look like: the Gaussian and the relief of `ml.chest`."""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from ml.chest import FREEDOM
from ml.training.chest_relief import mean_relief
from ml.training.chest_samples import Chest, load_chests
from ml.training.people import holdout_numbers
from ml.weights import save_weights

VERSION = "chest-1"
FACTORS, STEPS = 8, 25
INDEPENDENT, BELIEVED = 0.1, 0.025
"""What a place of the frame counts for beside its neighbours, which say much the same: in training, and later
of people who were not seen in it."""
RIDGE = 10.0
"""Chests without any change that are added to those that were seen at each place, so that one that was seen
seldom is not believed."""
FEW = 4.0
"""Chests at a place from which its own mean is believed rather than that around it."""
NEAR, AROUND = 1.0, 5.0
"""Softness of what is learnt, in places of the frame (standard deviations), and how far `around` is."""
LEAST_NOISE = 0.01
"""Variance that no place falls below."""


def fit(chests: list[Chest], factors: int = FACTORS, seed: int = 0) -> dict[str, np.ndarray]:
    """Mean, basis and noise of `ml.chest.Chests` by expectation-maximisation over the places that are seen
    (Ghahramani and Hinton, 1996), with parameter expansion (Liu, Rubin and Wu, 1998): factors stay of
    variance 1.

    Residuals are taken for Student's t. Every chest is seen twice, once mirrored.
    """
    both = chests + [chest.mirrored() for chest in chests]
    values = np.stack([chest.logs for chest in both])
    seen = np.stack([chest.seen for chest in both]).astype(np.float32)
    count = seen.sum(axis=0)
    shape = count.shape
    mean = _smooth((values * seen[..., None]).sum(axis=0) / (count[..., None] + 1), count)
    start = np.random.default_rng(seed).normal(0, 1, (*shape, 3 * factors)).astype(np.float32)
    basis = cv2.GaussianBlur(start, (0, 0), AROUND).reshape(*shape, 3, factors)
    noise, trust = np.full((*shape, 3), 2 * LEAST_NOISE, np.float32), np.ones_like(seen)
    for _ in range(STEPS):
        weight = seen * trust
        found, doubt = _expected(values, weight, mean, basis, noise)
        moments = np.einsum("ni,nj->nij", *[np.pad(found, ((0, 0), (0, 1)), constant_values=1)] * 2)
        moments[:, :factors, :factors] += doubt
        basis, mean = _maximised(values, weight, found, moments, mean)
        basis, mean = _smooth(basis.reshape(*shape, -1), count).reshape(basis.shape), _smooth(mean, count)
        away = values - mean - np.einsum("nk,hwck->nhwc", found, basis)
        total = (weight[..., None] * away**2).sum(axis=0) + LEAST_NOISE * FEW
        noise = cv2.GaussianBlur(total / (weight.sum(axis=0) + FEW)[..., None], (0, 0), 2 * NEAR)
        trust = (FREEDOM + 3) / (FREEDOM + (away**2 / noise).sum(axis=3))
        basis = basis @ np.linalg.cholesky(moments[:, :factors, :factors].mean(axis=0)).astype(np.float32)
    return {"mean": mean, "basis": basis, "noise": noise / np.float32(BELIEVED)}


def _expected(
    values: np.ndarray, weight: np.ndarray, mean: np.ndarray, basis: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (N, K) and covariance (N, K, K) of the factors of each chest."""
    number, factors = len(values), basis.shape[-1]
    flat = np.repeat(weight.reshape(number, -1), 3, axis=1) * INDEPENDENT
    columns = basis.reshape(-1, factors)
    scaled = columns / noise.reshape(-1, 1)
    outer = (scaled[:, :, None] * columns[:, None]).reshape(len(columns), -1)
    precision = np.eye(factors) + (flat @ outer).reshape(number, factors, factors)
    doubt = np.linalg.inv(precision)
    towards = (flat * (values - mean).reshape(number, -1)) @ scaled
    return np.float32(np.einsum("nij,nj->ni", doubt, towards)), np.float32(doubt)


def _maximised(
    values: np.ndarray, weight: np.ndarray, found: np.ndarray, moments: np.ndarray, mean: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Basis (h, w, 3, K) and mean (h, w, 3) by a ridge regression of each place on the factors."""
    number, places, size = len(values), mean.shape[:2], moments.shape[1]
    flat = weight.reshape(number, -1)
    square = (flat.T @ moments.reshape(number, -1)).reshape(-1, size, size)
    ridge = np.diag(np.append(np.full(size - 1, RIDGE), 2)).astype(np.float32)
    before = np.zeros((*mean.shape, size), np.float32)
    before[..., -1] = 2 * mean
    ones = np.pad(found, ((0, 0), (0, 1)), constant_values=1)
    right = np.einsum("nhwc,nk->hwck", values * weight[..., None], ones, optimize=True) + before
    right = right.reshape(-1, 3, size).swapaxes(1, 2)
    solved = np.linalg.solve(square + ridge, right).swapaxes(1, 2).reshape(*places, 3, size)
    return np.float32(solved[..., :-1]), np.float32(solved[..., -1])


def _smooth(values: np.ndarray, count: np.ndarray) -> np.ndarray:
    """`values` (h, w, C) averaged over neighbours, each by the `count` (h, w) of chests it is from."""
    sure = np.float32(count / (count + FEW) + 1e-3)[..., None]
    near, around = (
        cv2.GaussianBlur(values * sure, (0, 0), sigma).reshape(values.shape)
        / cv2.GaussianBlur(sure, (0, 0), sigma)[..., None]
        for sigma in (NEAR, AROUND)
    )
    return np.float32(around + sure * (near - around))


def train(data: Path, output: Path, cache: Path, seed: int = 0) -> Path:
    """Learn from data/people, without the held-out photos; returns the path of output/chest.safetensors."""
    cv2.setNumThreads(1)
    held = holdout_numbers()
    chests = [chest for chest in load_chests(data / "people", cache) if chest.number not in held]
    if not chests:
        raise ValueError(f"{data}/people shows no bare chest")
    learnt = fit(chests, seed=seed) | {"relief": mean_relief(chests)}
    print(f"{len(chests)} chests")
    state = {name: torch.from_numpy(np.ascontiguousarray(part)) for name, part in learnt.items()}
    save_weights(state, {"version": VERSION}, output / "chest.safetensors")
    return output / "chest.safetensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml train chest`."""
    parser.add_argument("--data", type=Path, required=True, help="folder with people/")
    parser.add_argument(
        "--output", type=Path, default=Path("var/training/chest"), help="folder for the weights"
    )
    parser.add_argument(
        "--cache", type=Path, default=Path("var/training/parsed"), help="labels of photos without any"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the factors to begin with, 0")


def run(args: argparse.Namespace) -> int:
    """Train and print the path of the weights."""
    print(train(args.data, args.output, args.cache, args.seed))
    return 0
