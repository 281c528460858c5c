"""Names on a contact sheet can be read, in Chinese as well."""

import io

import numpy as np
from PIL import Image

from workers.sheets import CELL, HEAD, MARGIN, Row, font, pdf_of, png_of

CHARACTERS = ("亚", "麻")
MISSING = "\U000f0000"
"""For private use: no font of ours draws it."""


def rows(name: str) -> list[Row]:
    return [Row(name, "", None, [None])]


def ink_of(picture: Image.Image) -> list[np.ndarray]:
    """Where title and caption are written, bool each."""
    grey = np.asarray(picture.convert("L")) < 128
    caption = MARGIN + HEAD + CELL[1]
    return [grey[MARGIN : MARGIN + HEAD], grey[caption : caption + 60]]


def picture_in(pdf: bytes) -> Image.Image:
    """The first page, which is one JPEG."""
    return Image.open(io.BytesIO(pdf[pdf.index(b"\xff\xd8\xff") : pdf.index(b"\xff\xd9") + 2]))


def test_two_characters_are_two_glyphs_on_both_sheets() -> None:
    for make in (
        lambda name: Image.open(io.BytesIO(png_of(name, rows(name), model_version="v"))),
        lambda name: picture_in(pdf_of(name, rows(name), model_version="v")),
    ):
        one, other, missing = (ink_of(make(name)) for name in (*CHARACTERS, MISSING))
        for a, b, box in zip(one, other, missing, strict=True):
            assert a.any()
            assert b.any()
            assert (a != b).any()
            assert (a != box).any()
            assert (b != box).any()


def test_every_common_character_has_a_glyph() -> None:
    """The 3755 characters of level 1 of GB 2312, the most frequent ones, and the letters of English."""
    level_1 = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    common = [code.decode("gb2312", "ignore") for code in level_1] + list("AZaz09–")
    face, box = font(16), font(16).getmask(MISSING)
    assert len([each for each in common if each]) == 3755 + 7
    assert [each for each in common if each and bytes(face.getmask(each)) == bytes(box)] == []
