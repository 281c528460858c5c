"""Which collars stand before the neck, told by the corners of drawn garments."""

import numpy as np
import pytest

from ml.collar import collar_base, may_stand
from ml.landmarks import LANDMARKS
from ml.reading import KIND_NAMES, GarmentReading


def polo_neck(slope=0):
    """A jumper 200 pixels high with a neck of 40 columns and 30 rows, wider by `slope` a row further down."""
    mask = np.zeros((200, 200), bool)
    for row in range(10, 40):
        wider = round(slope * (row - 10))
        mask[row, 80 - wider : 120 + wider] = True
    mask[40:190, 50:150] = True
    return mask


def reading(neck=12.0, seen=0.9):
    corners = {
        "front_neck": (100, neck), "left_collar": (120, 10), "right_collar": (80, 10),
        "left_shoulder": (150, 40), "right_shoulder": (50, 40),
    }  # fmt: skip
    points = np.array([corners.get(name, (0, 0)) for name in LANDMARKS], np.float32)
    return GarmentReading(
        np.ones(len(KIND_NAMES), np.float32), points, np.full(len(LANDMARKS), seen, np.float32)
    )


def test_a_closed_collar_over_the_shoulders_stands():
    mask = polo_neck()
    assert may_stand(mask)
    assert collar_base(mask, mask, reading()) == 25


@pytest.mark.parametrize(
    ("mask", "found"),
    [
        (polo_neck(), reading(neck=30.0)),
        (polo_neck(slope=1), reading()),
        (polo_neck(), reading(seen=0.4)),
    ],
    ids=["open in front", "a slope of the shoulders", "corners hardly seen"],
)
def test_what_is_no_standing_collar_is_none(mask, found):
    assert collar_base(mask, mask, found) == 0


def test_the_inside_of_a_back_is_no_collar():
    mask = polo_neck()
    front = mask.copy()
    front[10:35, 82:118] = False
    assert not may_stand(front)
    assert collar_base(mask, front, reading()) == 0
