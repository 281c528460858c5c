"""Sleeves of a garment's picture, and pieces of them that come out below the cuffs."""

import numpy as np
import pytest

from ml.anatomy import along_arm, outer_side
from ml.compose import sleeves_on, without_rags
from ml.garmentparts import Trunk
from ml.layer import GarmentLayer
from ml.layout import FRONT, GARMENT
from ml.morphology import dilate
from ml.scene import arm_pixels
from ml.sleeves import ARMPIT, HANG, Sleeves, below_hem, rags, without_trunk


@pytest.fixture
def shirt():
    """A shirt with long sleeves that hang beside its trunk: columns 10 to 39, 60 to 139 and 160 to 189."""
    mask = np.zeros((200, 200), bool)
    mask[20:50, 10:190] = mask[20:180, 60:140] = True
    mask[20:190, 10:40] = mask[20:190, 160:190] = True
    return mask


@pytest.fixture
def arms(scene):
    bare = [scene.regions[f"{side}_arm"] for side in ("left", "right")]
    assert all(arm.any() for arm in bare)
    return tuple(bare)


def flow_to(column, shape):
    """A flow that means one column of the picture everywhere."""
    return np.full((*shape, 2), (column, 100), np.float32)


def test_only_what_is_sleeve_beyond_its_end_is_a_rag(scene, arms, shirt):
    shape, trunk = scene.labels.shape, Trunk.of(shirt)
    found = rags(scene.pose, arms, flow_to(20, shape), 1.0, trunk)
    points = np.argwhere(found)[:, ::-1]
    nearest = [along_arm(scene.pose, side, points) for side in (0, 1)]
    assert len(points) > 100
    assert (np.maximum(*nearest) >= 1).all()
    assert not rags(scene.pose, arms, flow_to(100, shape), 1.0, trunk).any()
    assert not rags(scene.pose, arms, flow_to(20, shape), 0.0, trunk).any()


def test_a_layer_loses_its_rags_and_nothing_else(scene, shirt):
    shape = scene.labels.shape
    layout = np.zeros((*shape, 4), np.float32)
    points = np.argwhere(np.ones(shape, bool))[:, ::-1]
    for side in (0, 1):
        upper = (along_arm(scene.pose, side, points) < 1) & outer_side(scene.pose, side, points)
        layout[..., GARMENT] = np.maximum(layout[..., GARMENT], upper.reshape(shape))
    layout[..., FRONT] = 1 - layout[..., GARMENT]
    alpha = np.ones(shape, np.float32)
    layer = GarmentLayer(np.zeros((*shape, 3), np.float32), alpha, alpha)
    sleeves = sleeves_on(scene, "upper_body", layout)
    trunk, sleeve = (
        without_rags(sleeves, layer, flow_to(column, shape), Trunk.of(shirt)) for column in (100, 20)
    )
    assert trunk is layer
    assert 0 < (sleeve.alpha == 0).sum() < 0.5 * sleeve.alpha.size


def test_the_trunk_of_a_garment_on_a_forearm_makes_no_long_sleeve(scene):
    arms = arm_pixels(scene, "upper_body")
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    trunk = np.zeros(scene.labels.shape, bool)
    for side, arm in enumerate(arms):
        points = np.argwhere(arm)[:, ::-1]
        columns, rows = points.T
        upper = along_arm(scene.pose, side, points) < 0.8
        # The warp takes all of the right arm for something behind a wide shirt.
        layout[rows, columns, GARMENT] = upper if side == 0 else 1
        layout[rows, columns, FRONT] = 1 - layout[rows, columns, GARMENT]
        trunk[rows, columns] = ~upper if side else False
    assert Sleeves(scene.pose, arms, layout).end == pytest.approx(2, abs=0.05)
    decided = without_trunk(scene.pose, arms, layout, trunk)
    assert Sleeves(scene.pose, arms, decided).end == pytest.approx(0.8, abs=0.05)
    np.testing.assert_array_equal(decided[~trunk], layout[~trunk])
    np.testing.assert_allclose(decided.sum(axis=2), layout.sum(axis=2))


def test_near_the_shoulder_the_trunk_of_a_garment_may_well_be_its_sleeve(scene):
    arms = arm_pixels(scene, "upper_body")
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., GARMENT] = 1
    everywhere = np.ones(scene.labels.shape, bool)
    decided = without_trunk(scene.pose, arms, layout, everywhere)
    points = np.argwhere(arms[0])[:, ::-1]
    columns, rows = points[along_arm(scene.pose, 0, points) <= ARMPIT].T
    assert (decided[rows, columns, GARMENT] == 1).all()
    assert (decided[~(arms[0] | arms[1])] == layout[~(arms[0] | arms[1])]).all()


def test_what_a_short_sleeve_shows_at_the_waist_stays_where_a_skirt_is_wider(scene, arms):
    """A dress with puff sleeves, in whose picture the skirt below them is wider than they are."""
    mask = np.zeros((200, 200), bool)
    mask[20:90, 30:170] = True
    for row in range(60, 190):
        mask[row, 60 - (row - 60) // 3 : 140 + (row - 60) // 3] = True
    dress, shape = Trunk.of(mask), scene.labels.shape
    sleeve = np.full((*shape, 2), (40, 70), np.float32)
    assert dress.in_sleeve(sleeve).all()
    assert not rags(scene.pose, arms, sleeve, 1.0, dress).any()
    assert rags(scene.pose, arms, sleeve, 1.8, dress).any()


def test_long_sleeves_end_at_the_wrist(scene, shirt):
    """An end beyond the wrist means the whole arm, but no sleeve beside the hand."""
    arms, shape = arm_pixels(scene, "upper_body"), scene.labels.shape
    for side in range(2):
        elbow, wrist = scene.pose.keypoints[[13 + side, 15 + side]]
        away = np.sign(wrist - scene.pose.keypoints[16 - side])[0] * np.array([0.05 * shape[0], 0])
        below, above = (np.round(wrist + share * (elbow - wrist) + away).astype(int) for share in (-0.1, 0.3))
        found = rags(scene.pose, arms, flow_to(20, shape), 2.025, Trunk.of(shirt))
        assert found[below[1], below[0]]
        assert not found[above[1], above[0]]


def test_a_wide_sleeve_does_not_hang_over_a_hip_below_the_hem(scene, shirt):
    """The hem is in row 270, and everything but the middle of the trunk means a sleeve."""
    arms, shape, trunk = arm_pixels(scene, "upper_body"), scene.labels.shape, Trunk.of(shirt)
    y, x = np.indices(shape)
    flow = flow_to(20, shape)
    flow[..., 0] = np.where(np.abs(x - 192) < 40, 100, 20)
    flow[..., 1] = np.where(np.abs(x - 192) < 40, np.where(y <= 270, 100, 195), 100)
    found = below_hem(scene.pose, arms, flow, 1.8, trunk)
    assert not found[:271].any()
    assert not (found & (dilate(arms[0] | arms[1], HANG * shape[0]) | trunk.holds(flow))).any()
    for column in (192 - 45, 192 + 45):
        assert found[275:300, column].all()
    assert not below_hem(scene.pose, arms, flow, 1.0, trunk).any()
    flow[..., 1] = 100
    assert not below_hem(scene.pose, arms, flow, 1.8, trunk).any()
