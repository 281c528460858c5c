"""What can be worn together, and what is worn over what."""

from collections.abc import Sequence

from tryon.errors import TryOnError
from tryon.models import Garment

OUTER = "outer"
LAYERS = (Garment.Category.LOWER_BODY, Garment.Category.DRESSES, Garment.Category.UPPER_BODY, OUTER)
"""From below to above: each garment goes on top of the picture of those before it."""


def layer_of(garment: Garment) -> str:
    """The one of LAYERS that a garment belongs to."""
    return OUTER if garment.outer else garment.category


def put_on_order(garments: Sequence[Garment]) -> list[Garment]:
    """The garments from below to above.

    Raises TryOnError `outfit_conflict` unless there is at most one of each layer, and with a dress nothing
    but an outer garment.
    """
    layers = {layer_of(garment) for garment in garments}
    if len(layers) < len(garments) or (Garment.Category.DRESSES in layers and len(layers - {OUTER}) > 1):
        raise TryOnError("outfit_conflict")
    return sorted(garments, key=lambda garment: LAYERS.index(layer_of(garment)))
