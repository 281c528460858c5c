"""Where the networks run, in which number format, and what is made ready for that."""

from copy import deepcopy
from itertools import pairwise

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def best_device(device: str = "auto") -> torch.device:
    """The named device; "auto" is the GPU when there is one. Raises ValueError for a GPU that is absent."""
    there = torch.cuda.is_available()
    if device == "auto":
        device = "cuda" if there else "cpu"
    chosen = torch.device(device)
    if chosen.type == "cuda" and not there:
        raise ValueError(f"{device}: torch sees no NVIDIA GPU here; choose cpu or auto")
    return chosen


def uses_bfloat16(device: torch.device) -> bool:
    """Whether the hardware multiplies bfloat16 (GPU from Ampere on, AVX-512 BF16), which is several times
    faster; older hardware imitates it, and is slower for it."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()


def memory_format(device: torch.device) -> torch.memory_format:
    """How networks and pictures lie in memory: a pixel's channels side by side where `uses_bfloat16`, whose
    kernels want it so, else channel by channel, with which training the warp on 2 cores is 1.4 times faster.
    """
    return torch.channels_last if uses_bfloat16(device) else torch.contiguous_format


def autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where `uses_bfloat16`, float32 elsewhere.

    Between the two, probabilities differ by less than 0.15 and a warp's places by less than half a pixel
    of its 256x192 frame (`tests/ml/test_precision.py`).
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=uses_bfloat16(device))


def for_inference(network: nn.Module, device: torch.device) -> nn.Module:
    """A copy of `network` on `device` that only answers: batch normalisations are part of the convolutions
    before them, which is the same function in fewer steps (Jacob et al., 2018, section 3.2).
    """
    ready = deepcopy(network).eval()
    for block in list(ready.modules()):
        for (name, conv), (after, norm) in pairwise(list(block.named_children())):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(block, name, fuse_conv_bn_eval(conv, norm))
                setattr(block, after, nn.Identity())
    return ready.to(device, memory_format=memory_format(device))
