"""Where the networks run, and in which number format."""

import torch


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


def autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where `uses_bfloat16`, float32 elsewhere.

    Between the two, probabilities differ by less than 0.15 and a warp's places by less than half a pixel
    of its 256x192 frame (`tests/ml/test_precision.py`).
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=uses_bfloat16(device))
