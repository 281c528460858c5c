"""A plain wall beside an arm that was taken for pale clothing."""

import numpy as np
import pytest

from ml.plainwall import ALIKE, GAP, flat_wall

SHAPE, UNIT = (200, 150), 130
DRESS, ARM, OUTER = 60, 74, 95
"""Where a dress ends, and between which columns an arm is."""


@pytest.fixture
def seen():
    """A dress with a dark seam and an arm before a pale wall; where wall, cloth and arm are said to be."""
    colours = np.full((*SHAPE, 3), (200, 196, 192), np.uint8)
    colours[:, :DRESS], colours[:, DRESS - 2 : DRESS] = (222, 220, 219), (150, 145, 140)
    colours[:, ARM:OUTER] = (205, 160, 140)
    columns = np.broadcast_to(np.arange(SHAPE[1]), SHAPE)
    return colours, columns >= OUTER, columns < ARM, (columns >= ARM) & (columns < OUTER)


def test_the_wall_is_found_up_to_the_edge_of_the_clothing(seen):
    found = flat_wall(*seen, UNIT)
    assert found[1:-1, DRESS + 1 : ARM - 3].all()
    assert not found[:, : DRESS - 1].any()
    assert not found[:, ARM:].any()


def test_what_has_another_colour_than_the_wall_is_none(seen):
    seen[0][:, DRESS:ARM] += np.uint8(ALIKE + 2)
    assert not flat_wall(*seen, UNIT).any()


def test_what_is_not_even_is_none(seen):
    seen[0][:, DRESS:ARM:4] -= np.uint8(30)
    assert not flat_wall(*seen, UNIT).any()


def test_a_white_dress_before_a_white_wall_stays(seen):
    seen[0][:, :ARM] = seen[0][0, -1]
    assert GAP * UNIT < ARM
    assert not flat_wall(*seen, UNIT).any()
