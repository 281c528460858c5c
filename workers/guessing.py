"""What kind of garment a picture shows, where the merchant has not said it."""

import numpy as np

from ml.pipeline import TryOnPipeline


def guess_category(pipeline: TryOnPipeline, picture: np.ndarray) -> tuple[str, float]:
    """The likeliest category of RGB uint8 (H, W, 3), and how sure the network is, 0 to 1."""
    probabilities = pipeline.guess_category(picture)
    category = max(probabilities, key=lambda each: probabilities[each])
    return category, round(probabilities[category], 3)
