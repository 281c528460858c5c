"""Pictures of tops whose back is seen below the hem of the front."""

import numpy as np
import pytest

from ml.backhem import below_hem, front_ends, front_hem, with_hem
from ml.flatgarment import FlatGarment
from ml.garmentparts import Trunk

CLOTH, SHADE, BACK, WALL = (230, 150, 150), (150, 70, 70), (225, 140, 140), (255, 255, 255)
TOP, BOTTOM, LEFT, RIGHT = 40, 460, 60, 320


def wave(columns):
    """Rows of the front's hem: up to 20 above the lower outline."""
    return BOTTOM - 13 + 7 * np.cos((columns - LEFT) / 35)


def top(edge=wave):
    """A top, and its mask, whose front ends with a shaded line in the rows `edge` of its columns."""
    picture, mask = np.full((500, 400, 3), WALL, np.uint8), np.zeros((500, 400), bool)
    mask[TOP:BOTTOM, LEFT:RIGHT] = True
    picture[mask] = CLOTH
    rows, columns = np.indices(mask.shape)
    away = rows - edge(columns)
    picture[mask & (away > 0)] = BACK
    picture[mask & (np.abs(away) < 2)] = SHADE
    return picture, mask


def test_the_edge_of_the_front_is_found_above_its_back():
    picture, mask = top()
    rows = front_hem(picture, mask, Trunk.of(mask))
    columns = np.arange(LEFT + 8, RIGHT - 8)
    np.testing.assert_allclose(rows[columns], wave(columns), atol=3)


@pytest.mark.parametrize("edge", [lambda columns: 0 * columns + BOTTOM - 12, lambda columns: 0 * columns - 9])
def test_neither_a_stitched_hem_nor_plain_cloth_has_a_back(edge):
    picture, mask = top(edge)
    assert front_hem(picture, mask, Trunk.of(mask)) is None


def test_neither_has_a_busy_print():
    picture, mask = top()
    rows, columns = np.indices(mask.shape)
    picture[mask & ((rows - wave(columns)) % 16 < 3)] = SHADE
    assert front_hem(picture, mask, Trunk.of(mask)) is None


def test_a_hem_that_goes_up_at_its_sides_keeps_its_form_and_one_that_hangs_down_there_does_not():
    _, mask = top()
    trunk, share = Trunk.of(mask), (np.arange(400.0) - 190) / 130
    hanging, tail = (with_hem(trunk, np.float32(440 + way * 8 * share**2)) for way in (1, -1))
    within = slice(LEFT, RIGHT)
    np.testing.assert_allclose(hanging.waves[within] + hanging.hem, 440 + 8 * share[within] ** 2, atol=0.5)
    np.testing.assert_allclose(tail.waves[within] + tail.hem, 440, atol=0.5)


def test_rows_are_counted_to_a_hem_without_waves():
    _, mask = top()
    waved = with_hem(Trunk.of(mask), np.float32(wave(np.arange(400))))
    columns = np.arange(LEFT, RIGHT)
    on_hem = np.stack([columns, wave(columns)], axis=1)
    assert np.ptp(on_hem[:, 1]) > 13
    assert np.ptp(waved.rows_to_hem(on_hem)) < 3


def test_a_garment_ends_with_the_hem_of_its_front():
    picture, mask = top()
    trunk = Trunk.of(mask)
    back = below_hem(mask, trunk, np.full(400, 445.0))
    np.testing.assert_array_equal(back, mask & (np.arange(500)[:, None] > 445))
    garment = FlatGarment.cut(picture, mask, back, back=back)
    assert garment.outline[440, 190] == 1
    for part in (garment.outline, garment.nearby):
        assert not part[446:, LEFT:RIGHT].any()


def test_tips_of_sleeves_below_a_hem_are_seen_below_it():
    _, mask = top()
    mask[TOP:490, 20:LEFT] = mask[470:490, LEFT:90] = True
    back = below_hem(mask, Trunk.of(mask), None)
    expected = np.zeros_like(mask)
    expected[470:490, LEFT:90] = True
    np.testing.assert_array_equal(back, expected)


def test_the_front_of_a_wide_sleeve_ends_above_its_back():
    picture, mask = top()
    mask[TOP:490, 1:LEFT] = True
    picture[TOP:490, 1:LEFT] = CLOTH
    picture[470:472, 1:LEFT], picture[472:490, 1:LEFT] = SHADE, BACK
    left, right = front_ends(picture, mask, Trunk.of(mask))
    assert left == pytest.approx(470, abs=3)
    assert right == np.inf
