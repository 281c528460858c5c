"""Sleeves of a garment's picture, and pieces of them that come out below the cuffs."""

import numpy as np
import pytest

from ml.compose import without_rags
from ml.layer import GarmentLayer
from ml.layout import FRONT, GARMENT
from ml.regions import along_arm, outer_side
from ml.sleeves import rags, trunk_columns


@pytest.fixture
def shirt():
    """A shirt with long sleeves that hang beside its trunk: columns 10 to 39, 60 to 139 and 160 to 189."""
    mask = np.zeros((200, 200), bool)
    mask[20:50, 10:190] = mask[20:180, 60:140] = True
    mask[20:190, 10:40] = mask[20:190, 160:190] = True
    return mask


def test_the_trunk_is_what_is_around_the_middle_below(shirt):
    assert trunk_columns(shirt) == (60, 139)


def test_sleeves_that_touch_the_trunk_count_as_trunk(shirt):
    shirt[110:120] |= shirt[30]
    assert trunk_columns(shirt) == (10, 189)


def test_trousers_have_no_trunk_between_their_legs():
    mask = np.zeros((200, 200), bool)
    mask[20:190, 40:90] = mask[20:190, 110:160] = True
    assert trunk_columns(mask) == (40, 159)


@pytest.fixture
def arms(scene):
    bare = [scene.regions[f"{side}_arm"] for side in ("left", "right")]
    assert all(arm.any() for arm in bare)
    return tuple(bare)


def flow_to(column, shape):
    """A flow that means one column of the picture everywhere."""
    return np.full((*shape, 2), (column, 100), np.float32)


def test_only_what_is_sleeve_beyond_its_end_is_a_rag(scene, arms):
    shape = scene.labels.shape
    found = rags(scene.pose, arms, flow_to(20, shape), 1.0, (60, 139))
    points = np.argwhere(found)[:, ::-1]
    nearest = [along_arm(scene.pose, side, points) for side in (0, 1)]
    assert len(points) > 100
    assert (np.maximum(*nearest) >= 1).all()
    assert not rags(scene.pose, arms, flow_to(100, shape), 1.0, (60, 139)).any()
    assert not rags(scene.pose, arms, flow_to(20, shape), 0.0, (60, 139)).any()


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
    trunk = without_rags(scene, "upper_body", layer, flow_to(100, shape), layout, shirt)
    sleeve = without_rags(scene, "upper_body", layer, flow_to(20, shape), layout, shirt)
    assert trunk is layer
    assert 0 < (sleeve.alpha == 0).sum() < 0.5 * sleeve.alpha.size
