"""The sample sheet, with the drawn person and the spline for a warp."""

import io

import numpy as np
from PIL import Image

from ml.errors import Refusal
from ml.images import read_image
from ml.pipeline import TryOnPipeline
from ml.tps import TpsWarper
from ml.training.sheets import BAND, GAP, HEIGHT, WIDTH, SampleSheet


class RefusingWarper:
    version = "stub"

    def warp(self, person, cloth):
        raise Refusal("low_confidence")


def test_a_sheet_shows_garment_current_and_candidate(people, files):
    pipeline = TryOnPipeline.load()
    person = pipeline.analyse_person(read_image(files / "person.png"))
    cloth = pipeline.analyse_cloth(read_image(files / "shirt.png"), "upper_body")
    sheet = SampleSheet(pipeline, TpsWarper(), [person], [cloth, cloth, cloth])
    picture = np.asarray(Image.open(io.BytesIO(sheet.png(RefusingWarper()))))
    assert picture.shape == (BAND + 2 * (HEIGHT + GAP), 6 * (WIDTH + GAP), 3)
    middle = BAND + (HEIGHT + GAP) // 2
    garment, current, candidate = (
        picture[middle, column * (WIDTH + GAP) + WIDTH // 2] for column in range(3)
    )
    assert np.abs(garment.astype(int) - (30, 90, 200)).max() < 4
    assert tuple(candidate) == (235, 235, 235)
    assert tuple(current) != (235, 235, 235)
    assert (picture[-HEIGHT:, -WIDTH:] == 255).all()


def test_nobody_to_dress_gives_an_empty_sheet(people, files):
    sheet = SampleSheet(TryOnPipeline.load(), TpsWarper(), [], [])
    assert Image.open(io.BytesIO(sheet.png(TpsWarper()))).size == (3 * (WIDTH + GAP), BAND)
