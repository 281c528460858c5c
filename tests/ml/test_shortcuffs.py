"""Ends of short sleeves that a warp lays too high, too low or beside the arms."""

import numpy as np
import pytest

from ml.anatomy import ELBOWS, SHOULDERS, along_arm, outer_side
from ml.compose import sleeves_on
from ml.garmentparts import Trunk
from ml.layout import FRONT, GARMENT, LAYOUT
from ml.scene import arm_pixels
from ml.shortcuffs import BEGIN, with_short_cuffs
from ml.sleeves import ARMPIT

END = 0.8
"""Where the sleeves end on the arms, in upper arms."""
CUFF = 200
"""The row of the picture in which they end."""


@pytest.fixture
def garment():
    """A shirt with short sleeves: columns 60 to 99 and 284 to 323."""
    mask = np.zeros((512, 384), bool)
    mask[100:320, 130:254] = mask[100:140, 60:324] = True
    mask[100 : CUFF + 1, 60:100] = mask[100 : CUFF + 1, 284:324] = True
    return mask


@pytest.fixture
def layout(scene):
    """Garment down to END, bare arms beyond it."""
    layout = np.zeros((*scene.labels.shape, len(LAYOUT)), np.float32)
    points = np.argwhere(np.ones(scene.labels.shape, bool))[:, ::-1]
    along = [along_arm(scene.pose, side, points) for side in (0, 1)]
    upper = np.where(points[:, 0] > scene.labels.shape[1] / 2, *along) < END
    layout[..., GARMENT] = upper.reshape(scene.labels.shape)
    layout[..., FRONT] = 1 - layout[..., GARMENT]
    return layout


def on_arm(scene, side):
    """Pixels (N, 2) of the photo, how far along an upper arm they lie, and how far outwards of it, px."""
    points = np.argwhere(np.ones(scene.labels.shape, bool))[:, ::-1]
    shoulder, elbow = scene.pose.keypoints[[SHOULDERS[side], ELBOWS[side]]]
    bone = elbow - shoulder
    right, down = bone / np.linalg.norm(bone)
    way = 1 if side else -1
    x, y = (points - shoulder).T
    return points, (x * right + y * down) / np.linalg.norm(bone), way * (y * right - x * down)


def flow_with(scene, rows, *, trunk=False):
    """A flow with sleeves whose places along the arm mean `rows` (first, a whole upper arm); `trunk`: the
    inner half of the arms means the trunk.
    """
    flow = np.full((*scene.labels.shape, 2), (192, 200), np.float32)
    arms = arm_pixels(scene, "upper_body")
    for side in range(2):
        points, along, outwards = on_arm(scene, side)
        column = 80 - outwards if side else 303 + outwards
        beside = np.abs(outwards) < 40
        if trunk:
            beside &= outer_side(scene.pose, side, points) | ~arms[side][points[:, 1], points[:, 0]]
        x, y = points[beside].T
        flow[y, x] = np.stack([column, rows[0] + rows[1] * along], axis=1)[beside]
    return flow


def near_end(scene, side, low, high):
    points = np.argwhere(arm_pixels(scene, "upper_body")[side])[:, ::-1]
    along = along_arm(scene.pose, side, points)
    return points[(along > low) & (along < high)].T


@pytest.mark.parametrize("reach", [90, 150])
def test_a_sleeve_ends_with_its_cuff(scene, layout, garment, reach):
    flow, trunk = flow_with(scene, (100, reach)), Trunk.of(garment)
    laid = with_short_cuffs(sleeves_on(scene, "upper_body", layout), flow, trunk)
    for side in range(2):
        columns, rows = near_end(scene, side, END - 0.03, END)
        assert np.abs(flow[rows, columns, 1] - CUFF).min() > 10
        np.testing.assert_allclose(laid[rows, columns, 1], CUFF, atol=6)
        columns, rows = near_end(scene, side, 0, BEGIN * END - 0.02)
        np.testing.assert_array_equal(laid[rows, columns], flow[rows, columns])


def test_a_cuff_goes_all_around_the_arm(scene, layout, garment):
    flow, trunk = flow_with(scene, (100, 110), trunk=True), Trunk.of(garment)
    laid = with_short_cuffs(sleeves_on(scene, "upper_body", layout), flow, trunk)
    for side in range(2):
        columns, rows = near_end(scene, side, END - 0.05, END)
        assert trunk.holds(flow[rows, columns]).any()
        assert not trunk.holds(laid[rows, columns]).any()


def test_below_the_armpit_no_trunk_lies_on_an_arm(scene, layout, garment):
    flow, trunk = flow_with(scene, (100, 110), trunk=True), Trunk.of(garment)
    laid = with_short_cuffs(sleeves_on(scene, "upper_body", layout), flow, trunk)
    for side in range(2):
        columns, rows = near_end(scene, side, ARMPIT + 0.05, END)
        assert trunk.holds(flow[rows, columns]).any()
        assert not trunk.holds(laid[rows, columns]).any()
        # Above it the armhole goes up outwards.
        columns, rows = near_end(scene, side, BEGIN * END, ARMPIT - 0.08)
        assert trunk.holds(laid[rows, columns]).any()


def test_below_a_cuff_the_trunk_goes_on(scene, layout, garment):
    flow, trunk = flow_with(scene, (100, 110)), Trunk.of(garment)
    arms = arm_pixels(scene, "upper_body")
    laid = with_short_cuffs(sleeves_on(scene, "upper_body", layout), flow, trunk)
    for side in range(2):
        points, along, outwards = on_arm(scene, side)
        x, y = points[(along > END + 0.05) & (along < 1) & (outwards < -20) & (outwards > -35)].T
        free = ~arms[side][y, x] & trunk.in_sleeve(flow[y, x])
        x, y = x[free], y[free]
        assert len(x)
        assert trunk.holds(laid[y, x]).all()


def test_long_sleeves_and_bare_arms_stay(scene, layout, garment):
    flow, trunk = flow_with(scene, (100, 90)), Trunk.of(garment)
    for everywhere in (0, 1):
        layout[..., GARMENT], layout[..., FRONT] = everywhere, 1 - everywhere
        assert with_short_cuffs(sleeves_on(scene, "upper_body", layout), flow, trunk) is flow


def test_a_sleeve_without_an_end_in_the_picture_stays(scene, layout, garment):
    flow, trunk = flow_with(scene, (100, 10)), Trunk.of(garment)
    np.testing.assert_array_equal(
        with_short_cuffs(sleeves_on(scene, "upper_body", layout), flow, trunk), flow
    )
