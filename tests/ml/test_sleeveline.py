"""Outer sides of sleeves that waver."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ml.analysis import ClothAnalysis
from ml.clothframe import ClothFrame
from ml.compose import sleeves_on
from ml.layout import FRONT, GARMENT, LAYOUT
from ml.scene import Scene
from ml.sleeveline import BEYOND, FULL, LOOSEST, _Around, with_even_sleeves
from tests.ml.scenes import WALL, label

HEIGHT, WIDTH = 1000, 600
SHOULDER, ELBOW, WRIST = 160, 430, 700
ARM, OUTER = 440, 480
"""Between which columns an arm is."""
INNER_SIDE, OUTER_SIDE = 420, 540
"""The same of a sleeve in the garment's picture."""
SHORT, LONG = 376, 690
"""Rows in which sleeves end."""
ROWS = np.arange(HEIGHT)


@pytest.fixture
def scene(make_pose):
    """Somebody with bare arms that hang straight down."""
    pose = make_pose(HEIGHT, WIDTH)
    for side, column in ((0, 460), (1, 140)):
        pose.keypoints[[11 + side, 13 + side, 15 + side, 17 + side, 19 + side]] = [
            (column, row) for row in (SHOULDER, ELBOW, WRIST, 760, 770)
        ]
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[150:850, WIDTH - 390 : 390] = label("upper")
    labels[150:740, ARM:OUTER] = labels[150:740, WIDTH - OUTER : WIDTH - ARM] = label("skin")
    return Scene(np.full((HEIGHT, WIDTH, 3), WALL, np.uint8), labels, pose)


def shirt(end):
    """A shirt whose sleeves hang beside its trunk down to row `end`."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[150:800, WIDTH - 380 : 380] = mask[150:200, WIDTH - OUTER_SIDE : OUTER_SIDE] = True
    mask[150:end, INNER_SIDE:OUTER_SIDE] = mask[150:end, WIDTH - OUTER_SIDE : WIDTH - INNER_SIDE] = True
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    return ClothAnalysis(image, mask, np.zeros_like(mask), "upper_body", ClothFrame.of_cloth(mask), {})


def sleeves_to(scene, end):
    layout = np.zeros((HEIGHT, WIDTH, len(LAYOUT)), np.float32)
    layout[:end, :, GARMENT], layout[end:, :, FRONT] = 1, 1
    return sleeves_on(scene, "upper_body", layout)


def reaching(edge, end):
    """Where a garment is that reaches `edge`, (H,), columns beyond the arms down to row `end`."""
    columns = np.abs(np.arange(WIDTH) - (WIDTH - 1) / 2)
    seen = columns < (OUTER - WIDTH / 2 + np.broadcast_to(edge, HEIGHT))[:, None]
    return np.float32(seen & (ROWS >= 150)[:, None] & (end > ROWS)[:, None])


def in_sleeves(end):
    """A flow that means the middle of a sleeve everywhere beside the trunk."""
    y, x = np.indices((HEIGHT, WIDTH), dtype=np.float32)
    left, right = x < WIDTH - ARM, x >= ARM
    x = np.where(left, WIDTH - 480, np.where(right, 480, x))
    return np.stack([x, np.minimum(y, end - 5)], axis=2)


def drawn(scene, edge, end, cloth=None):
    """How far sleeves reach beyond the arms at the right and the left, (H,) pixels each, and where that is
    decided.
    """
    share = reaching(edge, end)
    cloth = cloth or shirt(end)
    _, beside, beyond = with_even_sleeves(sleeves_to(scene, end), cloth, in_sleeves(end), share)
    assert not (beside & beyond).any()
    share[beside], share[beyond] = 1, 0
    return share[:, OUTER:].sum(axis=1), share[:, : WIDTH - OUTER].sum(axis=1), beside | beyond


def test_the_side_of_a_short_sleeve_is_a_line(scene):
    *sides, decided = drawn(scene, 3 + 0.03 * (ROWS - SHOULDER) + 3 * np.sin(ROWS / 12), SHORT)
    below = slice(SHOULDER + round(FULL * 270) + 5, SHORT - 3)
    for side in sides:
        line = np.polyfit(ROWS[below], side[below], 1)
        np.testing.assert_allclose(side[below], np.polyval(line, ROWS[below]), atol=1)
        assert np.polyval(line, 330) == pytest.approx(3 + 0.03 * (330 - SHOULDER), abs=1.5)
    assert decided[below, OUTER : OUTER + 40].all()


def test_a_short_sleeve_does_not_stand_out_like_a_bell(scene):
    *sides, _ = drawn(scene, 0.15 * (ROWS - SHOULDER), SHORT)
    for side in sides:
        assert side[SHORT - 10] == pytest.approx(LOOSEST * (OUTER - ARM), abs=1)


def test_a_long_sleeve_makes_no_step_above_its_cuff(scene):
    *sides, _ = drawn(scene, np.where(ROWS < 620, 25, 5), LONG)
    for side in sides:
        assert np.abs(np.diff(side[300 : LONG - 10])).max() <= 1


def test_a_wide_sleeve_does_not_narrow_to_a_cuff(scene):
    cloth = shirt(LONG)
    cloth.mask[500:LONG, 400:] = cloth.mask[500:LONG, : WIDTH - 400] = True
    assert cloth.sleeves == (None, None)
    *sides, _ = drawn(scene, np.where(ROWS < 600, 0.06 * (ROWS - SHOULDER), 5), LONG, cloth)
    for side in sides:
        assert (np.diff(side[300 : LONG - 10]) >= 0).all()


def test_inner_side_shoulder_and_what_is_beyond_the_cuff_are_not_told(scene):
    *_, decided = drawn(scene, 15, SHORT)
    assert not decided[:, WIDTH - ARM : ARM].any()
    assert not decided[:200].any()
    assert not decided[SHORT + round(BEYOND * 270) + 5 :].any()


def test_letters_are_not_drawn_out_at_the_side(scene):
    """The warp shows the inner half of the sleeve on most of the arm, and the outer one on its rim."""
    cloth, share = shirt(LONG), reaching(20, LONG)
    y, x = np.indices((HEIGHT, WIDTH), dtype=np.float32)
    right = np.interp(x, (ARM, OUTER, OUTER + 20), (INNER_SIDE, 460, OUTER_SIDE))
    left = (WIDTH - 1) - right[:, ::-1]
    flow = np.stack([np.where(x >= ARM, right, np.where(x < WIDTH - ARM, left, x)), y], axis=2)
    even, *_ = with_even_sleeves(sleeves_to(scene, LONG), cloth, np.float32(flow), share)
    for part in (even[350:600, ARM:OUTER, 0], (WIDTH - 1) - even[350:600, ::-1, 0][:, ARM:OUTER]):
        steps = np.diff(part, axis=1)
        assert steps.max() < 1.15 * steps.min()
    np.testing.assert_array_equal(even[..., 1], flow[..., 1])
    np.testing.assert_array_equal(even[:, WIDTH - ARM : ARM], np.float32(flow[:, WIDTH - ARM : ARM]))


def test_raised_arms_and_sleeveless_garments_stay(scene):
    assert not drawn(scene, 15, SHOULDER, shirt(SHORT))[2].any()
    points = scene.pose.keypoints.copy()
    points[[13, 14, 15, 16], 1] = SHOULDER
    points[[13, 15], 0], points[[14, 16], 0] = (530, 590), (70, 10)
    raised = Scene(scene.photo, scene.labels, replace(scene.pose, keypoints=points))
    assert not drawn(raised, 15, SHORT)[2].any()


@given(st.floats(0.3, 2.0))
@example(0.45087499999999997)
def test_a_pixel_right_before_the_end_of_a_sleeve_counts_for_its_last_step(end):
    along = np.nextafter(np.float32([end]), np.float32(0))
    arm = np.array([True])
    around = _Around(arm * 0, arm * 0, along, np.float32([5]), arm, arm, end, 1.0)
    expected = [-np.inf] * (len(around.steps) - 1) + [5]
    assert around._furthest(arm).tolist() == (expected if along[0] < end else [-np.inf] * len(around.steps))
