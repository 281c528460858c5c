"""The shadow of wide sleeves on the trunk."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import ELBOWS, SHOULDERS, WRISTS
from ml.garmentparts import Trunk
from ml.layer import GarmentLayer
from ml.sleeveshade import REACH, STRENGTH, THROWN_BACK, shaded_beside

LEFT, RIGHT = 130, 254
CLOTH = np.array([200, 100, 0], np.float32)


@pytest.fixture
def trunk(scene):
    sides = (np.full(512, column, np.float32) for column in (LEFT, RIGHT))
    return Trunk(*sides, 290, np.zeros(scene.labels.shape, bool))


@pytest.fixture
def layer(scene):
    alpha = np.zeros(scene.labels.shape, np.float32)
    alpha[110:300, 60:324] = 1
    return GarmentLayer(np.tile(CLOTH, (*alpha.shape, 1)), alpha, np.ones_like(alpha))


def shaded(scene, layer, trunk):
    flow = np.stack(np.indices(scene.labels.shape, dtype=np.float32)[::-1], axis=2)
    return shaded_beside(scene.pose, layer, flow, trunk).colour


def test_the_trunk_is_darker_beside_a_sleeve_and_pale_channels_less(scene, layer, trunk):
    colour = shaded(scene, layer, trunk)[280]
    expected = CLOTH * (1 - STRENGTH * (1 - THROWN_BACK * CLOTH / 255))
    for column in (LEFT + 2, RIGHT - 2):
        np.testing.assert_allclose(colour[column], expected, rtol=0.12)
    assert (colour[LEFT + 2, :2] < CLOTH[:2]).all()
    far = round(4 * REACH * 512)
    np.testing.assert_array_equal(
        colour[LEFT + far : RIGHT - far], layer.colour[280, LEFT + far : RIGHT - far]
    )


def test_sleeves_and_shoulders_stay_as_they_are(scene, layer, trunk):
    colour, pose = shaded(scene, layer, trunk), scene.pose
    armpit = pose.keypoints[[*SHOULDERS, *ELBOWS], 1].mean()
    for same in (np.s_[: int(armpit)], np.s_[:, : LEFT - 1], np.s_[:, RIGHT + 2 :]):
        np.testing.assert_array_equal(colour[same], layer.colour[same])


def test_an_arm_that_is_raised_throws_no_shadow(scene, layer, trunk):
    points = scene.pose.keypoints.copy()
    points[WRISTS[0]] = points[ELBOWS[0]] - (0, 60)
    raised = replace(scene.pose, keypoints=points)
    flow = np.stack(np.indices(scene.labels.shape, dtype=np.float32)[::-1], axis=2)
    assert shaded_beside(raised, layer, flow, trunk) is layer
