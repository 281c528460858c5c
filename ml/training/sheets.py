"""Sheets to look at: a few garments on a few people, by the warp in use and by a candidate, side by side."""

import io
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from ml.analysis import ClothAnalysis, PersonAnalysis
from ml.errors import Refusal
from ml.pipeline import TryOnPipeline
from ml.warpnet import Warper

HEIGHT, WIDTH = 360, 270
GAP, BAND = 8, 26
INK, PAPER, FAILED = (60, 60, 60), 255, 235


class SampleSheet:
    """Dresses the same people in the same garments again and again. What `current` makes is made once."""

    def __init__(
        self,
        pipeline: TryOnPipeline,
        current: Warper,
        people: Sequence[PersonAnalysis],
        cloths: Sequence[ClothAnalysis],
    ) -> None:
        """Garment n is worn by person n, in turn. Nothing is analysed here."""
        self._pipeline = pipeline
        self._pairs = [(people[index % len(people)], cloth) for index, cloth in enumerate(cloths) if people]
        self._before = [self._worn(current, *pair) for pair in self._pairs]

    def png(self, candidate: Warper, columns: int = 2, current: str = "current") -> bytes:
        """The sheet as PNG: for each garment its picture, what the current warp makes, and the candidate.

        current: the title of the column in the middle.
        """
        rows = [
            np.hstack([_fitted(cloth.image), _fitted(before), _fitted(self._worn(candidate, person, cloth))])
            for (person, cloth), before in zip(self._pairs, self._before, strict=True)
        ]
        return _png(_grid(rows, columns, ("garment", current, "candidate")))

    def _worn(self, warper: Warper, person: PersonAnalysis, cloth: ClothAnalysis) -> np.ndarray:
        """The try-on, or a grey field where it is refused."""
        try:
            return self._pipeline.with_warper(warper).dress(person, cloth).image
        except Refusal:
            return np.full_like(person.photo, FAILED)


def _fitted(image: np.ndarray) -> np.ndarray:
    """RGB uint8 (HEIGHT + GAP, WIDTH + GAP, 3) with the picture whole in its middle."""
    scale = min(HEIGHT / image.shape[0], WIDTH / image.shape[1])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    field = np.full((HEIGHT + GAP, WIDTH + GAP, 3), PAPER, np.uint8)
    top, left = (HEIGHT + GAP - size[1]) // 2, (WIDTH + GAP - size[0]) // 2
    field[top : top + size[1], left : left + size[0]] = small
    return field


def _grid(rows: list[np.ndarray], columns: int, titles: Sequence[str]) -> np.ndarray:
    """The rows under a band with titles, `columns` of them beside each other."""
    width = len(titles) * (WIDTH + GAP)
    band = np.full((BAND, width, 3), PAPER, np.uint8)
    for index, title in enumerate(titles):
        place = index * (WIDTH + GAP) + GAP, BAND - 8
        cv2.putText(band, title, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, INK, 1, cv2.LINE_AA)
    blank = np.full((HEIGHT + GAP, width, 3), PAPER, np.uint8)
    height = -(-len(rows) // columns)
    rows = rows + [blank] * (height * columns - len(rows))
    strips = [
        np.vstack([band, *rows[start : start + height]]) for start in range(0, len(rows), max(height, 1))
    ]
    return np.hstack(strips) if strips else band


def _png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
