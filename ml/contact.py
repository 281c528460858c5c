"""Contact sheets: person, garment and result side by side, many to a page, for people to look at."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

PAPER, INK, ALARM = (255, 255, 255), (40, 40, 40), (180, 20, 20)
CAPTION = 18
"""Height in pixels of the line of text under each entry."""
GAP = 6


@dataclass(frozen=True)
class Entry:
    """One try-on. Pictures are RGB uint8 of any size; `result` is None when it was refused; caption says the
    rest.
    """

    person: np.ndarray
    cloth: np.ndarray
    result: np.ndarray | None
    caption: str


def thumbnail(image: np.ndarray, height: int) -> np.ndarray:
    """`image` fitted into a 3:4 cell of `height`, on white paper."""
    width = height * 3 // 4
    scale = min(width / image.shape[1], height / image.shape[0])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    cell = np.full((height, width, 3), PAPER, np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = small
    return cell


def contact_sheet(entries: Sequence[Entry], columns: int = 4, height: int = 240) -> np.ndarray:
    """All entries, `columns` to a row, pictures `height` pixels high: RGB uint8. At least one entry is
    needed.
    """
    strips = [_strip(entry, height) for entry in entries]
    blank = np.full_like(strips[0], PAPER[0])
    columns = min(columns, len(strips))
    strips += [blank] * (-len(strips) % columns)
    rows = [np.hstack(strips[start : start + columns]) for start in range(0, len(strips), columns)]
    return np.vstack(rows)


def _strip(entry: Entry, height: int) -> np.ndarray:
    refused = np.full((height, height * 3 // 4, 3), PAPER, np.uint8)
    result = refused if entry.result is None else thumbnail(entry.result, height)
    pictures = np.hstack([thumbnail(entry.person, height), thumbnail(entry.cloth, height), result])
    line = np.full((CAPTION, pictures.shape[1], 3), PAPER, np.uint8)
    ink = ALARM if entry.result is None else INK
    cv2.putText(line, entry.caption, (4, CAPTION - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.4, ink, 1, cv2.LINE_AA)
    return cv2.copyMakeBorder(np.vstack([pictures, line]), 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=PAPER)
