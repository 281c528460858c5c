"""The texture of a garment is spread evenly over trunk and sleeves."""

import numpy as np
import pytest

from ml.anatomy import ELBOWS, WRISTS
from ml.evencloth import COARSE, LEAST, spread_evenly
from ml.garmentparts import Trunk
from ml.scene import Scene

HEIGHT, WIDTH = 400, 300
BEGIN, END = 90, 209
"""First and last column of the trunk."""
BELOW = slice(200, 330)
"""Rows in which it is spread in full, and that are away from its ends."""
BOX = slice(0, HEIGHT, COARSE), slice(0, WIDTH)


@pytest.fixture
def nobody(make_pose):
    """A pose without anything to be seen of a person."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    return Scene(np.zeros((HEIGHT, WIDTH, 3), np.uint8), labels, make_pose(HEIGHT, WIDTH))


def shirt(*, sleeves):
    """A garment in its picture, bool (H, W)."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[100:350, BEGIN : END + 1] = True
    if sleeves:
        mask[100:140, 40:260] = True
        mask[140:280, 40:76] = mask[140:280, 224:260] = True
    return mask


def laid(across):
    """A flow that means the column `across`, (W,), in each column, and its own row."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    return np.stack([np.broadcast_to(np.float32(across), x.shape), y], axis=-1)


def slowed(start):
    """From column `start` on a flow goes on at a tenth of its pace."""
    places = np.arange(WIDTH)
    return laid(np.where(places < start, places, start + (places - start) / 10))


def aside_of(scene, mask, flow, seen):
    shown = np.ascontiguousarray(flow[BOX]), seen[BOX]
    aside = spread_evenly(scene, "upper_body", Trunk.of(mask), np.float32(mask), BOX, shown)
    return np.repeat(aside, COARSE, axis=0)


def taken(flow, aside):
    """What `flow` means across where it is taken `aside`."""
    places = np.arange(WIDTH)
    return np.stack(
        [np.interp(places + off, places, row) for off, row in zip(aside, flow[..., 0], strict=True)]
    )


def test_what_is_drawn_out_is_spread_and_both_sides_stay(nobody):
    mask, flow = shirt(sleeves=False), slowed(180)
    across = taken(flow, aside_of(nobody, mask, flow, mask))[BELOW]
    np.testing.assert_allclose(across[:, BEGIN], BEGIN, atol=0.2)
    np.testing.assert_allclose(across[:, END], flow[0, END, 0], atol=0.2)
    mean = (flow[0, END, 0] - BEGIN) / (END - BEGIN)
    # What is drawn out comes to be so within a place of 64: half-way it is in between.
    third = across[:, BEGIN + 2 : END - 1].reshape(len(across), -1, 4)
    pace = np.diff(third[..., [0, -1]], axis=-1) / 3
    assert np.percentile(pace, 5) > 0.97 * LEAST * mean
    assert pace.max() < 1


def test_what_turns_away_and_looks_narrower_stays(nobody):
    mask, away = shirt(sleeves=False), (np.arange(WIDTH) - (BEGIN + END) / 2) / (END - BEGIN)
    around = np.arcsin((1.8 * away).clip(-1, 1)) / np.arcsin(0.9)
    flow = laid((BEGIN + END) / 2 + (END - BEGIN) / 2 * around)
    np.testing.assert_allclose(aside_of(nobody, mask, flow, mask), 0, atol=0.02)


def test_where_a_flow_turns_round_nothing_is_shown_twice(nobody):
    """As beyond a garment's edge, where its texture is mirrored."""
    mask, places = shirt(sleeves=False), np.arange(WIDTH)
    flow = laid(np.where(places < 180, places, 360 - places))
    across = taken(flow, aside_of(nobody, mask, flow, mask))[BELOW, BEGIN : END + 1]
    assert np.diff(across, axis=1).min() > -1e-3
    assert across.max() > 178


def test_rows_change_gently_and_necklines_stay(nobody):
    mask, flow = shirt(sleeves=False), slowed(180)
    flow[250:] = laid(np.arange(WIDTH))[250:]
    aside = aside_of(nobody, mask, flow, mask)
    assert np.abs(np.diff(aside[::COARSE], axis=0)).max() < 1.5 * COARSE
    np.testing.assert_allclose(aside[104], 0, atol=1)
    np.testing.assert_allclose(aside[300:], 0, atol=0.1)


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_outer_side_of_a_sleeve_is_spread_over_the_sleeve_alone(nobody, mirrored):
    mask, flow = shirt(sleeves=True), slowed(245)
    if mirrored:
        flow = np.ascontiguousarray(flow[:, ::-1])
        flow[..., 0] = WIDTH - 1 - flow[..., 0]
    aside = aside_of(nobody, mask, flow, mask)
    across = taken(flow, aside)
    if mirrored:
        aside, across = -aside[:, ::-1], WIDTH - 1 - across[:, ::-1]
    rows, flow_end = slice(200, 270), 245 + (259 - 245) / 10
    np.testing.assert_array_equal(aside[rows, BEGIN : END + 1], 0)
    np.testing.assert_allclose(across[rows, [224, 259]], [[224, flow_end]] * 70, atol=0.3)
    pace = np.diff(across[rows, 225:259], axis=1)
    assert np.percentile(pace, 10) > 0.95 * LEAST * (flow_end - 224) / 35


def test_a_sleeve_of_an_arm_that_is_raised_stays(nobody):
    for wrist, elbow in zip(WRISTS, ELBOWS, strict=True):
        nobody.pose.keypoints[wrist] = nobody.pose.keypoints[elbow] - (0, 50)
    mask, flow = shirt(sleeves=True), slowed(245)
    np.testing.assert_array_equal(aside_of(nobody, mask, flow, mask)[200:270, 224:], 0)
