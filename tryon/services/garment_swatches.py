"""The mean colour of a garment. Opening a cut-out takes long where there are many, so it is kept with it."""

from typing import IO

from PIL import Image

from tryon.models import Garment

UNKNOWN = "#888888"
"""Of what is not cut out yet: grey."""
SOLID = 200
"""Alpha above which a pixel is the garment's own, no edge."""


def garment_swatch(*, garment: Garment) -> str:
    """As #rrggbb. What was prepared when no colour was kept yet is opened once."""
    if garment.swatch or not garment.cutout:
        return garment.swatch or UNKNOWN
    with garment.cutout.open() as file:
        swatch = swatch_of(file)
    Garment.objects.filter(pk=garment.pk, cutout=garment.cutout.name).update(swatch=swatch)
    garment.swatch = swatch
    return swatch


def swatch_of(cutout: IO[bytes]) -> str:
    """The mean colour of what is not see-through in a picture, as #rrggbb."""
    with Image.open(cutout) as picture:
        small = picture.convert("RGBA").resize((48, 48), Image.Resampling.BOX)
    seen = [
        colour
        for *colour, alpha in zip(*(band.tobytes() for band in small.split()), strict=True)
        if alpha > SOLID
    ]
    if not seen:
        return UNKNOWN
    mean = [round(sum(channel) / len(seen)) for channel in zip(*seen, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*mean)
