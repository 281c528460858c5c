"""How much of what a fine-tuning has learnt is taken over: as much as leaves twins as they were.

Between the weights of a network and those of its fine-tuning lie others that keep most of what was learnt and
lose little of what was known (Wortsman et al., 2022, robust fine-tuning of zero-shot models).
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from ml.crops import NETWORK_SIZE
from ml.layout import GARMENT
from ml.precision import autocast
from ml.training.warp import flow_loss
from ml.warpnet import WarpNet, Widths

CHECKED = 200
"""Twins to check by, which the training does not see."""
SHARES = (1.0, 0.75, 0.5, 0.25)
"""Of the way from the base to what was trained, the largest first."""
DRIFT = 0.03
"""By how many pixels of the 256x192 frame the mean error on these twins may grow."""


def restrained(
    base: dict[str, Tensor],
    tuned: dict[str, Tensor],
    checks: Iterable[tuple[Tensor, ...]],
    widths: Widths,
    device: torch.device,
) -> dict[str, Tensor]:
    """Weights on the way from `base` to `tuned`: the farthest of SHARES that keeps to DRIFT.

    checks: batches as `ml.training.warp.batch_of` gives them.
    """
    batches = list(checks)
    network = WarpNet(widths).to(device, memory_format=torch.channels_last).eval()
    allowed = _error(network, base, batches, device) + DRIFT
    for share in SHARES[:-1]:
        state = between(base, tuned, share)
        if _error(network, state, batches, device) <= allowed:
            return state
    return between(base, tuned, SHARES[-1])


def between(base: dict[str, Tensor], tuned: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights `share` of the way from `base` to `tuned`; counts are those of `tuned`."""
    return {
        name: torch.lerp(base[name].to(value), value, share) if value.is_floating_point() else value
        for name, value in tuned.items()
    }


@torch.inference_mode()
def _error(
    network: WarpNet, state: dict[str, Tensor], batches: list[tuple[Tensor, ...]], device: torch.device
) -> float:
    """Mean end-point error in pixels of the 256x192 frame."""
    network.load_state_dict(state)
    total, count = 0.0, 0
    for batch in batches:
        features, truth, layout, _ = (part.to(device) for part in batch)
        with autocast(device):
            flow, _, _ = network(features.contiguous(memory_format=torch.channels_last))
        place, _ = flow_loss(flow, truth, layout == GARMENT)
        total, count = total + place.item() * NETWORK_SIZE[0] * len(truth), count + len(truth)
    return total / max(count, 1)
