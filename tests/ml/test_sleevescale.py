"""Short sleeves that a warp draws out along the arms."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import ELBOWS, SHOULDERS, along_arm
from ml.compose import sleeves_on
from ml.garmentparts import Trunk
from ml.layout import FRONT, GARMENT, LAYOUT
from ml.scene import arm_pixels
from ml.sleevescale import RISE, with_sleeves_to_scale

TOP, CUFF = 100, 160
"""Rows of the picture between which its sleeves are."""
END = 0.5
"""Where the layout has their ends, in upper arms."""
DRAWN = 0.5


def dress(cuff):
    """Its mask: sleeves in columns 80 to 129 and 254 to 303."""
    mask = np.zeros((512, 384), bool)
    mask[TOP:420, 130:254] = mask[TOP : cuff + 1, 80:304] = True
    return mask


@pytest.fixture
def garment():
    return dress(CUFF)


@pytest.fixture
def sleeves(scene):
    """Garment down to END, bare arms beyond it."""
    return with_ends(scene, END)


def with_ends(scene, end):
    layout = np.zeros((*scene.labels.shape, len(LAYOUT)), np.float32)
    points = np.argwhere(np.ones(scene.labels.shape, bool))[:, ::-1]
    along = [along_arm(scene.pose, side, points) for side in (0, 1)]
    upper = np.where(points[:, 0] > scene.labels.shape[1] / 2, *along) < end
    layout[..., GARMENT] = upper.reshape(scene.labels.shape)
    layout[..., FRONT] = 1 - layout[..., GARMENT]
    return sleeves_on(scene, "dresses", layout)


def on_arm(scene, side):
    """Of every pixel of the photo, px along an upper arm and outwards of it, (H, W) each."""
    rows, columns = np.indices(scene.labels.shape)
    shoulder, elbow = scene.pose.keypoints[[SHOULDERS[side], ELBOWS[side]]]
    right, down = (elbow - shoulder) / np.linalg.norm(elbow - shoulder)
    x, y = columns - shoulder[0], rows - shoulder[1]
    return x * right + y * down, (1 if side else -1) * (y * right - x * down)


def flow_with(scene, drawn, sides=(0, 1)):
    """A flow with a trunk at the scale of its picture, and sleeves that show `drawn` of it along the arms."""
    rows, columns = np.indices(scene.labels.shape)
    shoulders = scene.pose.keypoints[list(SHOULDERS)].mean(axis=0)
    flow = np.stack([columns - shoulders[0] + 192, rows - shoulders[1] + TOP], axis=-1).astype(np.float32)
    flow[(flow[..., 0] < 131) | (flow[..., 0] > 253)] = 5
    for side in sides:
        along, outwards = on_arm(scene, side)
        column = 105 - outwards if side else 278 + outwards
        here = (np.abs(outwards) < 24) & (along > -10) & (along < 200)
        flow[here] = np.stack([column, TOP + 15 + drawn * along], axis=-1)[here]
    return flow


def test_drawn_out_sleeves_get_the_scale_of_the_trunk(scene, sleeves, garment):
    flow, trunk = flow_with(scene, DRAWN), Trunk.of(garment)
    laid, where, off = with_sleeves_to_scale(sleeves, flow, trunk, scene.of("skin"))
    assert not (where & off).any()
    for side, arm in enumerate(arm_pixels(scene, "dresses")):
        along, outwards = on_arm(scene, side)
        middle = where & arm & (np.abs(outwards) < 8) & (along > 5)
        ((before, _), (after, _)) = (
            np.polyfit(along[middle], part[middle][:, 1], 1) for part in (flow, laid)
        )
        assert (before, after) == pytest.approx((DRAWN, 1), abs=0.02)
        # They end with the cuff, and below it arms are bare.
        assert laid[middle][:, 1].max() == pytest.approx(CUFF, abs=1)
        below = off & arm & (np.abs(outwards) < 8)
        assert along[below].min() == pytest.approx(along[middle].max(), abs=3)


@pytest.mark.parametrize(("lower", "above"), [(0, RISE), (40, -0.04)])
def test_sleeves_do_not_stand_above_the_shoulders(scene, sleeves, garment, lower, above):
    """But stay where a warp has their upper ends, some rows lower."""
    flow, trunk = flow_with(scene, DRAWN), Trunk.of(garment)
    flow[trunk.in_sleeve(flow), 1] -= lower * DRAWN
    _, where, _ = with_sleeves_to_scale(sleeves, flow, trunk, scene.of("skin"))
    for side, arm in enumerate(arm_pixels(scene, "dresses")):
        here = (np.arange(where.shape[1]) > where.shape[1] / 2) == (side == 0)
        top, shoulder = ((part & here).any(axis=1).argmax() for part in (where & ~arm, arm))
        length = np.linalg.norm(np.subtract(*scene.pose.keypoints[[SHOULDERS[side], ELBOWS[side]]]))
        assert shoulder - top == pytest.approx(above * length, abs=1)


def below(scene, where, side):
    """Above the armpit of an upper arm, what lies below its sleeve: bool (H, W)."""
    arm, (along, _) = arm_pixels(scene, "dresses")[side], on_arm(scene, side)
    length = np.linalg.norm(np.subtract(*scene.pose.keypoints[[SHOULDERS[side], ELBOWS[side]]]))
    return arm & ~where & (along > along[arm & where].max()) & (along < length / 2)


def test_nothing_lies_on_an_arm_below_its_sleeve(scene, sleeves):
    trunk = Trunk.of(dress(TOP + 30))
    laid, where, off = with_sleeves_to_scale(sleeves, flow_with(scene, DRAWN), trunk, scene.of("skin"))
    bare = replace(sleeves, off=off).bare
    for side in (0, 1):
        arm = below(scene, where, side)
        assert arm.sum() > 100
        assert off[arm].all()
        assert bare[arm].all()
        # Under the arm's inner rim the trunk goes on.
        assert trunk.holds(laid[arm & (on_arm(scene, side)[1] < -1)]).all()


def test_old_clothing_beside_a_bare_arm_is_on_the_trunk(scene, sleeves):
    flow, trunk = flow_with(scene, DRAWN), Trunk.of(dress(TOP + 30))
    skin = np.logical_or(*arm_pixels(scene, "dresses"))
    _, where, off = with_sleeves_to_scale(sleeves, flow, trunk, skin)
    arms = [below(scene, where, side) for side in (0, 1)]
    for side, arm in enumerate(arms):
        skin &= ~arm | (on_arm(scene, side)[1] > -8)
    laid, over, off = with_sleeves_to_scale(sleeves, flow, trunk, skin)
    for arm in arms:
        assert (arm & ~skin).any()
        assert (off[arm] == skin[arm]).all()
        assert (over[arm] == ~skin[arm]).all()
        assert trunk.holds(laid[arm & ~skin]).all()


def test_a_sleeve_covers_the_inner_side_of_an_arm_as_far_down(scene, sleeves, garment):
    """In the picture it grows narrower towards the trunk."""
    for step in range(25):
        garment[CUFF - step : CUFF + 1, [105 + step, 278 - step]] = False
    _, where, off = with_sleeves_to_scale(
        sleeves, flow_with(scene, DRAWN), Trunk.of(garment), scene.of("skin")
    )
    for side, arm in enumerate(arm_pixels(scene, "dresses")):
        along, outwards = on_arm(scene, side)
        end = along[arm & where & (np.abs(outwards) < 2)].max()
        assert along[arm & off & (outwards < 0)].min() == pytest.approx(end, abs=3)


@pytest.mark.parametrize("drawn", [0.9, 1.2])
def test_sleeves_that_are_not_drawn_out_stay(scene, sleeves, garment, drawn):
    flow = flow_with(scene, drawn)
    laid, where, off = with_sleeves_to_scale(sleeves, flow, Trunk.of(garment), scene.of("skin"))
    assert laid is flow
    assert not where.any()
    assert not off.any()


@pytest.mark.parametrize("drawn", [DRAWN, 1.0])
def test_sleeves_that_a_layout_cuts_off_at_the_shoulders_are_whole(scene, garment, drawn):
    flow, trunk, cut = flow_with(scene, drawn), Trunk.of(garment), with_ends(scene, 0.15)
    assert cut.end == 0
    laid, where, _ = with_sleeves_to_scale(cut, flow, trunk, scene.of("skin"))
    for side, arm in enumerate(arm_pixels(scene, "dresses")):
        middle = where & arm & (np.abs(on_arm(scene, side)[1]) < 8)
        assert laid[middle][:, 1].max() == pytest.approx(CUFF, abs=1)


def test_longer_sleeves_and_bare_arms_stay(scene, garment):
    trunk = Trunk.of(garment)
    for end, sides in ((0.9, (0, 1)), (1.5, (0, 1)), (0.15, ())):
        flow = flow_with(scene, DRAWN, sides)
        assert with_sleeves_to_scale(with_ends(scene, end), flow, trunk, scene.of("skin"))[0] is flow


def test_one_sleeve_alone_stays_as_the_other_is(scene, sleeves, garment):
    flow = flow_with(scene, DRAWN, sides=(1,))
    assert with_sleeves_to_scale(sleeves, flow, Trunk.of(garment), scene.of("skin"))[0] is flow


def test_sleeves_whose_ends_the_picture_cuts_off_stay(scene, sleeves, garment):
    flow = flow_with(scene, DRAWN)
    flow[..., 0] -= 80
    assert with_sleeves_to_scale(sleeves, flow, Trunk.of(garment[:, 80:304]), scene.of("skin"))[0] is flow
