"""Pictures for the textbook translators: (3, 256, 192) float32 in -1..1, and back."""

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from ml.crops import NETWORK_SIZE
from ml.images import read_image


def fitted(image: np.ndarray) -> np.ndarray:
    """RGB uint8 (H, W, 3) of any size in the middle of (256, 192, 3), its border carried on to the edges."""
    height, width = NETWORK_SIZE
    scale = min(height / image.shape[0], width / image.shape[1])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    margins = top, height - size[1] - top, left, width - size[0] - left
    return cv2.copyMakeBorder(small, *margins, cv2.BORDER_REPLICATE)


def load_pictures(paths: list[Path], chosen: list[int], rng: np.random.Generator) -> Tensor:
    """(N, 3, 256, 192) of the `chosen` pictures, half of them mirrored. Raises Refusal for a bad file."""
    pictures = [fitted(read_image(paths[index])) for index in chosen]
    return as_tensor([image[:, ::-1] if rng.random() < 0.5 else image for image in pictures])


def as_tensor(images: list[np.ndarray]) -> Tensor:
    """(N, 3, H, W) float32 in -1..1 of RGB uint8 pictures of one size."""
    stacked = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    return stacked.float() / 127.5 - 1


def as_image(*rows: Tensor) -> np.ndarray:
    """RGB uint8 sheet: each of `rows`, (N, 3, H, W) in -1..1, as a row of N pictures."""
    sheet = torch.cat([torch.cat(list(row.detach().cpu()), 2) for row in rows], 1)
    return ((sheet.permute(1, 2, 0) + 1) * 127.5).round().clamp(0, 255).byte().numpy()
