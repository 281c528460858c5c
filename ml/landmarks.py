"""Names of the corners of a flat garment that the networks know. "Left" is the wearer's own left."""

_PAIRED = ("collar", "shoulder", "armpit", "cuff_outer", "cuff_inner", "waist", "hem_outer", "hem_inner")
LANDMARKS = (
    "front_neck",
    "crotch",
    *(f"{side}_{corner}" for corner in _PAIRED for side in ("left", "right")),
)
"""A waist belongs to lower garments, an inner hem to the legs of trousers."""

MIRRORED = tuple(index if index < 2 else index ^ 1 for index in range(len(LANDMARKS)))
"""Indices into LANDMARKS after a horizontal mirror: left and right change places."""
