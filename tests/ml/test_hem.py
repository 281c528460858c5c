"""Hems that waver are laid in one line."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import HIPS, SHOULDERS, middle
from ml.garmentparts import Trunk
from ml.hem import CHEST, CURVE, with_even_hem
from ml.lines import gentle_line
from ml.scene import Scene, arm_pixels

HEM = 290
"""Row of the hem in a picture as large as the photo."""


@pytest.fixture
def trunk():
    sides = (np.full(512, column, np.float32) for column in (120, 264))
    return Trunk(*sides, HEM, np.zeros((512, 384), bool))


def wavering(shape, height):
    """Each pixel of the photo shows the one of the picture that has its place, but for waves."""
    y, x = np.indices(shape, dtype=np.float32)
    return np.stack([x, y + height * np.sin(x / 8)], axis=2)


def hem_rows(flow, columns):
    return np.array([np.interp(HEM, flow[:, column, 1], np.arange(len(flow))) for column in columns])


def test_a_wavering_hem_is_laid_in_one_line(scene, trunk):
    flow, columns = wavering(scene.labels.shape, 8), np.arange(145, 240)
    assert np.ptp(hem_rows(flow, columns)) > 14
    settled = with_even_hem(scene, "upper_body", flow, trunk)
    assert np.ptp(hem_rows(settled, columns)) < 4
    assert hem_rows(settled, columns).mean() == pytest.approx(HEM, abs=3)


def test_a_slanted_hem_stays_slanted(scene, trunk):
    y, x = np.indices(scene.labels.shape, dtype=np.float32)
    flow, columns = np.stack([x, y + 0.1 * (x - 192)], axis=2), np.arange(145, 240)
    settled = with_even_hem(scene, "upper_body", flow, trunk)
    np.testing.assert_allclose(hem_rows(settled, columns), hem_rows(flow, columns), atol=1)


def test_chest_and_arms_stay_as_they_are(scene, trunk):
    flow = wavering(scene.labels.shape, 8)
    settled = with_even_hem(scene, "upper_body", flow, trunk)
    shoulders, hips = (middle(scene.pose, pair)[1] for pair in (SHOULDERS, HIPS))
    chest = int(shoulders + CHEST * (hips - shoulders))
    np.testing.assert_array_equal(settled[:chest], flow[:chest])
    for arm in arm_pixels(scene, "upper_body"):
        np.testing.assert_array_equal(settled[arm], flow[arm])


def test_photos_of_any_size_are_settled_in_the_same_way(make_pose, trunk):
    """515 is no multiple of the two pixels between those that are looked at."""
    pose = make_pose(515, 389)
    nobody = Scene(np.zeros((515, 389, 3), np.uint8), np.zeros((515, 389), np.uint8), pose)
    flow = wavering((515, 389), 8)
    settled = with_even_hem(nobody, "upper_body", flow, trunk)
    columns = np.arange(150, 235)
    assert np.ptp(hem_rows(settled, columns)) < 4
    assert np.abs(settled - flow).max() < 30


def test_a_line_follows_most_points_and_no_others():
    columns = np.arange(60)
    rows = 100 + 0.01 * (columns - 30.0) ** 2
    astray = rows.copy()
    astray[40:50] += 40
    np.testing.assert_allclose(gentle_line(columns, astray, 2.0)(columns), rows, atol=1)
    assert gentle_line(columns[:5], rows[:5], 2.0) is None


def test_a_hem_that_is_drawn_up_at_both_sides_hangs_down(scene, trunk):
    y, x = np.indices(scene.labels.shape, dtype=np.float32)
    flow, columns = np.stack([x, y + 0.006 * (x - 192) ** 2], axis=2), np.arange(145, 240)
    assert np.ptp(hem_rows(flow, columns)) > 13
    settled = hem_rows(with_even_hem(scene, "upper_body", flow, trunk), columns)
    assert settled[[0, -1]].mean() == pytest.approx(settled[47] - CURVE * len(columns), abs=2)


def test_corners_that_are_drawn_in_come_out(make_pose):
    """Arms are not seen: only what hides the trunk would hide how wide it is."""
    sides = (np.full(512, column, np.float32) for column in (150, 234))
    trunk = Trunk(*sides, HEM, np.zeros((512, 384), bool))
    nobody = Scene(np.zeros((512, 384, 3), np.uint8), np.zeros((512, 384), np.uint8), make_pose())
    y, x = np.indices((512, 384), dtype=np.float32)
    pinched = 1 + 0.15 * ((y - 250) / 40).clip(0, 1)
    flow = np.stack([192 + (x - 192) * pinched, y], axis=2)
    settled = with_even_hem(nobody, "upper_body", flow, trunk)

    def width(laid):
        return int(trunk.holds(laid[HEM - 3]).sum())

    assert width(flow) < 75
    assert width(settled) == pytest.approx(84, abs=3)


def test_a_hem_with_waves_in_its_picture_is_laid_in_one_line(scene, trunk):
    """Its picture's hem goes up and down by 12 rows, the flow does not."""
    y, x = np.indices(scene.labels.shape, dtype=np.float32)
    waved, flow = (
        replace(trunk, waves=np.float32(6 * np.sin((np.arange(384) - 192) / 16))),
        np.stack([x, y], axis=2),
    )

    def uneven(settled):
        rows, columns = waved.rows_to_hem(settled), np.arange(150, 235)
        hem = [np.interp(HEM, rows[:, column], np.arange(512)) for column in columns]
        return np.ptp(hem - gentle_line(columns, hem, 2.0)(columns))

    assert uneven(with_even_hem(scene, "upper_body", flow, waved)) < 0.6 * uneven(flow)
