import math

import numpy as np
import pytest

from ml.contact import CAPTION, GAP, Entry, contact_sheet, thumbnail
from ml.metrics import outside_difference, psnr_inside, ssim_inside, summary


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
