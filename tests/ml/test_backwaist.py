"""The inside of the back of a waist in a garment's picture."""

import numpy as np
import pytest

from ml.backwaist import DARKER, RIM, behind_front
from ml.flatgarment import FRINGE, SLACK, WAIST_FRINGE, FlatGarment

SIZE, TOP, LEFT, RIGHT, DEPTH = (500, 400), 50, 100, 300, 14
"""A waist of 200 columns whose front hangs DEPTH rows lower in the middle."""


def trousers(back=90, front=160, depth=DEPTH):
    """A picture of trousers, its mask, and the row in which the front begins at each column."""
    picture, mask = np.full((*SIZE, 3), 255, np.uint8), np.zeros(SIZE, bool)
    mask[TOP:450, LEFT : RIGHT + 1] = True
    picture[mask] = front
    rows, columns = np.indices(SIZE)
    share = (columns - 200) / 80
    edge = TOP + depth * (1 - share**2).clip(0, None)
    picture[mask & (rows < edge)] = back
    return picture, mask, edge[0]


def test_the_lens_between_back_and_front_is_the_inside():
    picture, mask, edge = trousers()
    inside = behind_front(picture, mask)
    middle = np.arange(140, 261)
    last = inside[:, middle].sum(axis=0) + TOP
    np.testing.assert_allclose(last, edge[middle] + RIM * 200, atol=3)
    assert not (inside & ~mask).any()
    assert not inside[:, :110].any()
    assert not inside[TOP + DEPTH + 4 :].any()


@pytest.mark.parametrize(("back", "front"), [(160, 160), (200, 160), (158, 160)])
def test_a_back_that_is_not_clearly_darker_is_not_found(back, front):
    assert abs(158 - 160) * 100 / 255 < DARKER
    picture, mask, _ = trousers(back, front)
    assert not behind_front(picture, mask).any()


def test_a_dark_waistband_is_no_back():
    picture, mask, _ = trousers(depth=0)
    picture[TOP : TOP + 20, LEFT : RIGHT + 1] = 60
    assert not behind_front(picture, mask).any()


def test_nothing_and_a_small_thing_have_no_back():
    picture, mask, _ = trousers()
    assert not behind_front(picture, np.zeros_like(mask)).any()
    mask[:, LEFT + 40 :] = False
    assert not behind_front(picture, mask).any()


def test_a_lower_garment_ends_at_its_front_with_its_own_texture():
    picture, mask, edge = trousers()
    picture[round(TOP + DEPTH + RIM * 200) + 1 :][mask[round(TOP + DEPTH + RIM * 200) + 1 :]] = 150
    garment = FlatGarment.cut(picture, mask, np.zeros_like(mask), lower=True)
    start = round(float(edge[200] + RIM * 200)) + 1
    assert not garment.outline[: start - 2, 200].any()
    assert garment.outline[start + 1, 200] == 1
    assert not garment.nearby[: start - 2, 200].any()
    assert garment.nearby[TOP - round(SLACK * 500) + 2, LEFT + 5] == 1
    # Nearer to its edge than to the studio's, and yet no mirror.
    assert FRINGE * 500 >= 2
    np.testing.assert_array_equal(garment.colours[start + 1, 200], picture[start + 1, 200])


def test_a_buckle_at_the_edge_of_a_waist_is_no_mirror():
    picture, mask, _ = trousers(depth=0)
    picture[TOP : TOP + 8, 190:211] = 230
    garment = FlatGarment.cut(picture, mask, np.zeros_like(mask), lower=True)
    rows = slice(TOP + round(WAIST_FRINGE * 500) + 1, TOP + 12)
    np.testing.assert_array_equal(garment.colours[rows, 195:206], picture[rows, 195:206])
    # Further down its rim is as wide as ever.
    assert (garment.colours[300, LEFT] == garment.colours[300, LEFT + 2 * round(FRINGE * 500)]).all()
