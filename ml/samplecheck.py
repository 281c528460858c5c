"""What is measured in a picture that a model may learn from. Nothing here tells one person from another."""

from typing import Any

import cv2
import numpy as np

from ml.analysis import PersonAnalysis
from ml.anonymise import Anonymised
from ml.groups import size_of, skin_tone, sleeve_of
from ml.morphology import bounding_box
from ml.photocheck import edge_sharpness

WORN = {"upper_body": ("upper", "outer"), "lower_body": ("lower",), "dresses": ("dress",)}
LEAST_WORN = 0.08
"""Share of the body that a garment covers to count as worn."""


def measure(person: PersonAnalysis, result: Anonymised) -> dict[str, Any]:
    """Numbers and coarse groups for JSON: width and height in pixels; sharpness and hidden in 0..1; hash, 16
    hexadecimal digits, of how the body looks; categories that are worn; size, skin_tone and sleeve as in
    `ml.groups`.
    """
    height, width = result.image.shape[:2]
    body = person.scene.of(*(name for names in WORN.values() for name in names), "skin")
    worn = {
        category: float(person.scene.of(*names).sum()) / max(float(body.sum()), 1.0)
        for category, names in WORN.items()
    }
    return {
        "width": width,
        "height": height,
        "sharpness": round(edge_sharpness(cv2.cvtColor(result.image, cv2.COLOR_RGB2GRAY)), 3),
        "hidden": round(result.hidden, 3),
        "hash": difference_hash(result.image[bounding_box(result.core)]),
        "categories": [category for category, share in worn.items() if share >= LEAST_WORN],
        "size": size_of(person.check.pose),
        "skin_tone": skin_tone(person.scene),
        "sleeve": sleeve_of(person.scene),
    }


def difference_hash(image: np.ndarray) -> str:
    """16 hexadecimal digits that hardly change when RGB uint8 (H, W, 3) is scaled or compressed: whether each
    of 8 x 8 places is darker than that to its right (dHash, N. Krawetz, 2013).
    """
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    bits = (grey[:, 1:] > grey[:, :-1]).ravel()
    return np.packbits(bits).tobytes().hex()
