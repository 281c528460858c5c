import math
from dataclasses import replace

import numpy as np
import pytest

from ml.contact import CAPTION, GAP, Entry, contact_sheet, thumbnail
from ml.metrics import (
    estimate,
    face_difference,
    interval,
    outside_difference,
    pose_kept,
    psnr_inside,
    ssim_inside,
    summary,
)


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 200, (40, 30, 3), np.uint8)


@pytest.fixture
def mask():
    mask = np.zeros((40, 30), bool)
    mask[10:20, 10:20] = True
    return mask


def test_changes_inside_do_not_count(photo, mask):
    result = photo.copy()
    result[mask] += 50
    assert outside_difference(photo, result, mask) == 0


def test_the_largest_change_outside_counts(photo, mask):
    result = photo.copy()
    result[0, 0, 1] += 7
    result[30, 3, 2] += 3
    assert outside_difference(photo, result, mask) == 7


def test_nothing_is_outside_a_full_mask(photo):
    assert outside_difference(photo, 255 - photo, np.ones((40, 30), bool)) == 0


def test_psnr(photo, mask):
    result = photo.copy()
    result[mask] += 10
    assert psnr_inside(result, photo, mask) == pytest.approx(20 * math.log10(25.5), rel=1e-4)
    assert psnr_inside(photo, photo, mask) == math.inf


def test_ssim(photo, mask):
    assert ssim_inside(photo, photo, mask) == pytest.approx(1)
    assert ssim_inside(np.roll(photo, 7, axis=1), photo, mask) < 0.5


def test_an_empty_mask_has_no_quality(photo):
    nothing = np.zeros((40, 30), bool)
    assert math.isnan(psnr_inside(photo, photo, nothing))
    assert math.isnan(ssim_inside(photo, photo, nothing))


def test_summary():
    assert summary([1, 2, 3]) == {"median": 2.0, "p95": 2.9}
    assert summary([]) == {}


def test_thumbnail_keeps_the_shape(photo):
    cell = thumbnail(np.zeros((30, 60, 3), np.uint8), 80)
    assert cell.shape == (80, 60, 3)
    assert (cell[:25] == 255).all()
    assert not cell[26:54].any()


def test_sheet_has_rows_and_columns(photo):
    sheet = contact_sheet(
        [Entry(photo, photo, photo, "a"), Entry(photo, photo, None, "b"), Entry(photo, photo, photo, "c")],
        2,
        80,
    )
    assert sheet.shape == (2 * (80 + CAPTION + GAP), 2 * (3 * 60 + GAP), 3)
    assert (sheet[:80, 186 + 120 : 186 + 180] == 255).all()


def test_only_the_face_counts_for_the_face(photo, mask):
    result = photo.copy()
    result[~mask] += 50
    assert face_difference(photo, result, mask) == 0
    result[15, 15, 2] += 3
    assert face_difference(photo, result, mask) == 3
    assert face_difference(photo, result, np.zeros_like(mask)) == 0


def test_joints_may_move_a_tenth_of_the_torso(pose):
    torso = np.linalg.norm(pose.keypoints[[11, 12]].mean(axis=0) - pose.keypoints[[23, 24]].mean(axis=0))
    points = pose.keypoints.copy()
    points[15, 0] += 0.11 * torso
    points[16, 0] -= 0.09 * torso
    assert pose_kept(pose, pose) == 1
    assert pose_kept(pose, replace(pose, keypoints=points)) == pytest.approx(12 / 13)


def test_joints_that_were_not_seen_do_not_count(pose):
    points, visibility = pose.keypoints.copy(), pose.visibility.copy()
    points[[15, 16]] += 300
    visibility[15] = 0.4
    before = replace(pose, visibility=visibility)
    assert pose_kept(before, replace(pose, keypoints=points)) == pytest.approx(11 / 12)
    assert pose_kept(replace(pose, visibility=np.zeros(33, np.float32)), pose) is None


def test_the_interval_narrows_with_the_number_of_values():
    values = np.random.default_rng(0).normal(5, 1, 400)
    few, many = (np.ptp(interval(values[:n], np.random.default_rng(0))) for n in (16, 400))
    assert many == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert few > 3 * many


def test_an_estimate_leaves_out_what_is_not_finite():
    assert estimate([2.0, 2.0, math.inf, math.nan]) == {"mean": 2.0, "low": 2.0, "high": 2.0, "n": 2}
    assert estimate([math.inf]) == {}
