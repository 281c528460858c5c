"""What a job of a drill may do to its worker. The width of the garment's picture, in pixels, asks for it."""

from enum import IntEnum


class Deed(IntEnum):
    """The width of the picture."""

    WORK = 40
    CRASH = 41
    HANG = 42
    HANG_DEAF = 43
    TAKE_LONG = 44
