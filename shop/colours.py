"""Everyday names for the colours of garments."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMED: dict[str, Promise] = {
    "#1b1b1d": _("Black"),
    "#f4f3ef": _("White"),
    "#4a4b4f": _("Dark grey"),
    "#8b8d90": _("Grey"),
    "#c9cacc": _("Light grey"),
    "#d9c9ad": _("Beige"),
    "#6a4a35": _("Brown"),
    "#b3262e": _("Red"),
    "#e6a5b5": _("Pink"),
    "#de7a32": _("Orange"),
    "#e6c645": _("Yellow"),
    "#6f7039": _("Olive"),
    "#3f7a4a": _("Green"),
    "#3e9aa0": _("Turquoise"),
    "#a3bfd9": _("Light blue"),
    "#2f5fa8": _("Blue"),
    "#1e2b4d": _("Navy"),
    "#6d4a8e": _("Purple"),
}


def colour_name(swatch: str) -> str:
    """The name of the nearest of NAMED to `#rrggbb`, in the language that is active.

    Nearest by the weighted distance of Riemersma, "Colour metric" (2008): near enough for so few names.
    """
    return str(NAMED[min(NAMED, key=lambda other: _distance(swatch, other))])


def _distance(one: str, other: str) -> float:
    a, b = bytes.fromhex(one[1:]), bytes.fromhex(other[1:])
    red, green, blue = ((x - y) ** 2 for x, y in zip(a, b, strict=True))
    mean = (a[0] + b[0]) / 2
    return (2 + mean / 256) * red + 4 * green + (2 + (255 - mean) / 256) * blue
