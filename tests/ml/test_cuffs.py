"""Ends of long sleeves that a warp lays beside the wrists."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import WRISTS, along_arm
from ml.compose import sleeves_on
from ml.cuffs import LENGTH, with_cuffs
from ml.garmentparts import Sleeve, Trunk
from ml.layout import FRONT, GARMENT, LAYOUT
from ml.scene import Scene, arm_pixels
from ml.sleeves import hangs


def shirt(sleeve=range(60, 100)):
    """A shirt as large as the photo, with sleeves as wide as `sleeve` that end in row 270."""
    mask = np.zeros((512, 384), bool)
    mask[100:320, 130:254] = mask[100:140, 60:324] = True
    mask[100:271, list(sleeve)] = mask[100:271, [383 - column for column in sleeve]] = True
    return mask


def parts(garment, trunk):
    """Its sleeves on both sides."""
    return tuple(Sleeve.of(garment, trunk, side) for side in range(2))


@pytest.fixture
def layout(scene):
    """Garment down to the wrists."""
    layout = np.zeros((*scene.labels.shape, len(LAYOUT)), np.float32)
    points = np.argwhere(np.ones(scene.labels.shape, bool))[:, ::-1]
    hands = [along_arm(scene.pose, side, points) > 1.9 for side in range(2)]
    hand = (hands[0] | hands[1]).reshape(scene.labels.shape)
    layout[..., GARMENT], layout[..., FRONT] = ~hand, hand
    return layout


def end_of(scene, side):
    """Columns and rows of the end of an arm in the sleeve, and how far along the arm they are."""
    points = np.argwhere(arm_pixels(scene, "upper_body")[side])[:, ::-1]
    along = along_arm(scene.pose, side, points)
    near = (along > 1.75) & (along < 1.88)
    return (*points[near].T, along[near])


def beside_the_arms(scene):
    """A flow that shows trunk on the inner half of each arm, and the inner half of a sleeve on the
    outer one.
    """
    y, x = np.indices(scene.labels.shape, dtype=np.float32)
    right = scene.pose.keypoints[WRISTS[1], 0]
    left = scene.pose.keypoints[WRISTS[0], 0]
    columns = np.where(x < 192, np.where(x > right, 131, 98), np.where(x < left, 252, 285))
    return np.stack([np.float32(columns), y], axis=2)


def test_a_cuff_lies_around_the_wrist(scene, layout):
    garment = shirt()
    flow, trunk = beside_the_arms(scene), Trunk.of(garment)
    laid, aside = with_cuffs(sleeves_on(scene, "upper_body", layout), flow, parts(garment, trunk), trunk)
    for side in range(2):
        columns, rows, along = end_of(scene, side)
        assert trunk.holds(flow[rows, columns]).any()
        found = laid[rows, columns]
        assert garment[found[:, 1].round().astype(int), found[:, 0].round().astype(int)].all()
        assert not trunk.holds(found).any()
        # From edge to edge of the sleeve, the outer side outside.
        outer = 60 if side == 1 else 323
        assert np.abs(found[:, 0] - outer).min() < 8
        assert np.ptp(found[:, 0]) > 20
        outwards = np.corrcoef(columns, found[:, 0])[0, 1]
        assert outwards > 0.9
        wall = ~np.logical_or(*arm_pixels(scene, "upper_body"))
        assert not (aside & ~wall).any()
        # Its end is that of the sleeve in the picture.
        assert np.polyval(np.polyfit(along, found[:, 1], 1), 1.9) == pytest.approx(270, abs=4)


def test_above_a_cuff_a_sleeve_grows_narrower_without_a_step(scene, layout):
    """A sleeve that stands off the arm by half of its width stays one, from row to row a little less."""
    garment = shirt()
    flow, trunk = beside_the_arms(scene), Trunk.of(garment)
    _, aside = with_cuffs(sleeves_on(scene, "upper_body", layout), flow, parts(garment, trunk), trunk)
    first = [np.flatnonzero(aside[:, :192][row])[-1:] for row in range(aside.shape[0])]
    edges = np.array([edge[0] if edge.size else -1 for edge in first])
    assert np.diff(edges[edges >= 0]).max() < 12


def test_upper_arms_and_trunk_stay(scene, layout):
    garment = shirt()
    flow, trunk = beside_the_arms(scene), Trunk.of(garment)
    laid, aside = with_cuffs(sleeves_on(scene, "upper_body", layout), flow, parts(garment, trunk), trunk)
    points = np.argwhere(np.ones(scene.labels.shape, bool))[:, ::-1]
    upper = np.maximum(*(along_arm(scene.pose, side, points) for side in (0, 1))) < 1.9 - LENGTH - 0.05
    columns, rows = points[upper].T
    np.testing.assert_array_equal(laid[rows, columns], flow[rows, columns])
    arms = np.logical_or(*arm_pixels(scene, "upper_body"))
    between = trunk.holds(flow) & ~arms
    np.testing.assert_array_equal(laid[between], flow[between])
    assert not (aside & between).any()


def test_a_piece_of_a_sleeve_beside_the_wrist_is_none(scene, layout):
    garment = shirt()
    flow, trunk = beside_the_arms(scene), Trunk.of(garment)
    _, aside = with_cuffs(sleeves_on(scene, "upper_body", layout), flow, parts(garment, trunk), trunk)
    for side in range(2):
        elbow, wrist = scene.pose.keypoints[[13 + side, 15 + side]]
        away = np.sign(wrist - scene.pose.keypoints[16 - side])[0] * np.array([20, 0])
        column, row = np.round(wrist + 0.2 * (elbow - wrist) + away).astype(int)
        assert aside[row, column]


def test_sleeves_that_swing_out_hang_as_they_did(scene, layout):
    garment = shirt(range(20, 100))
    flow, trunk = beside_the_arms(scene), Trunk.of(garment)
    laid, aside = with_cuffs(sleeves_on(scene, "upper_body", layout), flow, parts(garment, trunk), trunk)
    np.testing.assert_array_equal(laid, flow)
    assert not aside.any()


def test_a_raised_forearm_is_left_alone(scene, layout):
    garment = shirt()
    points = scene.pose.keypoints.copy()
    for side in range(2):
        points[WRISTS[side]] = points[13 + side] - (points[WRISTS[side]] - points[13 + side])
    raised = Scene(scene.photo, scene.labels, replace(scene.pose, keypoints=points))
    flow, trunk = beside_the_arms(scene), Trunk.of(garment)
    laid, aside = with_cuffs(sleeves_on(raised, "upper_body", layout), flow, parts(garment, trunk), trunk)
    np.testing.assert_array_equal(laid, flow)
    assert not aside.any()
    assert [hangs(pose, side) for pose in (scene.pose, raised.pose) for side in (0, 1)] == [True] * 2 + [
        False
    ] * 2


def test_short_sleeves_have_no_cuffs(scene, layout):
    garment = shirt()
    flow, trunk = beside_the_arms(scene), Trunk.of(garment)
    layout[..., GARMENT], layout[..., FRONT] = 0, 1
    laid, aside = with_cuffs(sleeves_on(scene, "upper_body", layout), flow, parts(garment, trunk), trunk)
    assert laid is flow
    assert not aside.any()
