"""Contact sheets of a lookbook: one row for each look, the garment first and then everybody who wears it."""

import io
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from .marking import encode_marked_png

CELL = (480, 640)
GAP, MARGIN, HEAD, CAPTION = 24, 72, 120, 72
PAPER, INK, SOFT, CARD = "#ffffff", "#1d1d1f", "#6e6e73", "#f5f5f4"
ROWS_PER_PAGE = 3


class Row(NamedTuple):
    """A look: `colour` is "#rrggbb" or empty, `cutout` RGBA, `pictures` RGB uint8 (H, W, 3) or None each."""

    name: str
    colour: str
    cutout: Image.Image | None
    pictures: Sequence[np.ndarray | None]


def png_of(title: str, rows: Sequence[Row], *, model_version: str) -> bytes:
    """All rows below each other, marked as machine-made."""
    return encode_marked_png(np.asarray(sheet(title, rows)), model_version=model_version)


def pdf_of(title: str, rows: Sequence[Row], *, model_version: str) -> bytes:
    """ROWS_PER_PAGE rows on a page, marked as machine-made in its properties."""
    starts = range(0, len(rows), ROWS_PER_PAGE)
    pages = [sheet(title, rows[start : start + ROWS_PER_PAGE]) for start in starts]
    buffer = io.BytesIO()
    pages[0].save(
        buffer,
        "PDF",
        save_all=True,
        append_images=pages[1:],
        resolution=150,
        title=title,
        creator=f"Virtual try-on, {model_version}",
        keywords="compositeWithTrainedAlgorithmicMedia",
    )
    return buffer.getvalue()


def sheet(title: str, rows: Sequence[Row]) -> Image.Image:
    """A page of these rows, RGB; as wide as the longest row."""
    columns = 1 + max(len(row.pictures) for row in rows)
    width = 2 * MARGIN + columns * CELL[0] + (columns - 1) * GAP
    height = 2 * MARGIN + HEAD + len(rows) * (CELL[1] + CAPTION + GAP)
    page = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(page)
    draw.text((MARGIN, MARGIN), title, INK, font(56))
    for index, row in enumerate(rows):
        _draw_row(page, row, MARGIN + HEAD + index * (CELL[1] + CAPTION + GAP))
    return page


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Noto Sans SC, which has the Chinese names of a store as well as the English ones. size: pixels."""
    return ImageFont.truetype(str(sans_path()), size)


def _draw_row(page: Image.Image, row: Row, top: int) -> None:
    draw = ImageDraw.Draw(page)
    draw.rounded_rectangle((MARGIN, top, MARGIN + CELL[0], top + CELL[1]), 12, CARD)
    if row.cutout is not None:
        cloth = row.cutout.crop(row.cutout.getchannel("A").getbbox())
        cloth.thumbnail((CELL[0] - 2 * GAP, CELL[1] - 2 * GAP), Image.Resampling.LANCZOS)
        place = MARGIN + (CELL[0] - cloth.width) // 2, top + (CELL[1] - cloth.height) // 2
        page.paste(cloth, place, cloth)
    for column, picture in enumerate(row.pictures, 1):
        left = MARGIN + column * (CELL[0] + GAP)
        if picture is None:
            draw.rounded_rectangle((left, top, left + CELL[0], top + CELL[1]), 12, CARD)
            draw.text((left + CELL[0] / 2, top + CELL[1] / 2), "–", SOFT, font(40), "mm")
        else:
            page.paste(_filled(Image.fromarray(picture)), (left, top))
    text = MARGIN
    if row.colour:
        draw.ellipse((MARGIN, top + CELL[1] + 16, MARGIN + 28, top + CELL[1] + 44), row.colour, SOFT)
        text += 42
    draw.text((text, top + CELL[1] + 14), row.name, INK, font(26))


def _filled(picture: Image.Image) -> Image.Image:
    """The middle of the picture's width and all from its top, as large as a cell."""
    scale = max(CELL[0] / picture.width, CELL[1] / picture.height)
    size = max(CELL[0], round(picture.width * scale)), max(CELL[1], round(picture.height * scale))
    large = picture.resize(size, Image.Resampling.LANCZOS)
    left = (large.width - CELL[0]) // 2
    return large.crop((left, 0, left + CELL[0], CELL[1]))
