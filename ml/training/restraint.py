"""How much of what a fine-tuning has learnt is taken over: as much as surely leaves twins as they were.

Between the weights of a network and those of its fine-tuning lie others that keep most of what was learnt and
lose little of what was known (Wortsman et al., 2022, robust fine-tuning of zero-shot models).
"""

from collections.abc import Iterable
from time import monotonic

import numpy as np
import torch
from torch import Tensor

from ml.crops import NETWORK_SIZE
from ml.layout import GARMENT
from ml.metrics import interval
from ml.precision import autocast, memory_format
from ml.warpnet import WarpNet, Widths

CHECKED = 200
"""Twins to check by, which the training does not see."""
SHARES = (1.0, 0.75, 0.5, 0.25)
"""Of the way from the base to what was trained, the largest first."""
DRIFT = 0.03
"""Pixels of the 256x192 frame, below what the gate takes for a difference (`ml.evaluation_gate`)."""


def restrained(
    base: dict[str, Tensor],
    tuned: dict[str, Tensor],
    checks: Iterable[tuple[Tensor, ...]],
    widths: Widths,
    device: torch.device,
) -> dict[str, Tensor]:
    """Weights on the way from `base` to `tuned`: the farthest of SHARES, else the nearest, with which the
    mean error on the checks grows by less than DRIFT, by the upper end of its 95 % interval.

    checks: batches as `ml.training.warp.batch_of` gives them.
    """
    batches = list(checks)
    network = WarpNet(widths).to(device, memory_format=memory_format(device)).eval()
    before = _errors(network, base, batches, device)
    for share in SHARES[:-1]:
        state = between(base, tuned, share)
        grown = _errors(network, state, batches, device) - before
        _, most = interval(grown.tolist(), np.random.default_rng(0))
        if most < DRIFT:
            return state
    return between(base, tuned, SHARES[-1])


def restraint_seconds(
    base: dict[str, Tensor],
    checks: Iterable[tuple[Tensor, ...]],
    count: int,
    widths: Widths,
    device: torch.device,
) -> float:
    """How long `restrained` may take here with `count` such batches, by the pace of the first."""
    begun = monotonic()
    first = [next(iter(checks))]
    making = monotonic() - begun
    network = WarpNet(widths).to(device, memory_format=memory_format(device)).eval()
    _errors(network, base, first, device)  # What is planned at its first use says nothing of the pace.
    begun = monotonic()
    _errors(network, base, first, device)
    return count * (making + len(SHARES) * (monotonic() - begun))


def between(base: dict[str, Tensor], tuned: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights `share` of the way from `base` to `tuned`; counts are those of `tuned`."""
    return {
        name: torch.lerp(base[name].to(value), value, share) if value.is_floating_point() else value
        for name, value in tuned.items()
    }


@torch.inference_mode()
def _errors(
    network: WarpNet, state: dict[str, Tensor], batches: list[tuple[Tensor, ...]], device: torch.device
) -> np.ndarray:
    """(N,) mean end-point error of each sample in pixels of the 256x192 frame."""
    network.load_state_dict(state)
    size = torch.tensor(NETWORK_SIZE[::-1], device=device)[:, None, None]
    found = []
    for batch in batches:
        features, truth, layout, _ = (part.to(device) for part in batch)
        with autocast(device):
            flow, _, _ = network(features.contiguous(memory_format=memory_format(device)))
        worn = layout == GARMENT
        error = ((flow - truth) * size).norm(dim=1) * worn
        found.append(error.sum((1, 2)) / worn.sum((1, 2)).clamp(min=1))
    return torch.cat(found).double().cpu().numpy()
