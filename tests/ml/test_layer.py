import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.crops import PersonFrame
from ml.flatgarment import SLACK, FlatGarment
from ml.layer import (
    extend_flow,
    garment_layer,
    minification,
    resample,
    smooth_flow,
    upsample_flow,
)
from ml.sheer import VEIL


def affine_flow(height, width, matrix):
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([x, y, np.ones_like(x)], -1) @ np.array(matrix, np.float32).T


@given(st.floats(0.5, 2), st.floats(-0.5, 0.5), st.floats(-20, 20))
@settings(max_examples=15, deadline=None)
def test_a_plane_is_continued_as_a_plane(scale, shear, shift):
    flow = affine_flow(48, 36, [[scale, shear, shift], [-shear, scale, -shift]])
    valid = np.zeros((48, 36), bool)
    valid[12:36, 9:27] = True
    extended = extend_flow(np.where(valid[..., None], flow, np.nan), valid)
    np.testing.assert_array_equal(extended[valid], flow[valid])
    near = np.zeros_like(valid)
    near[8:40, 5:31] = True
    assert np.abs(extended - flow)[near].max() < 2.5


def test_nothing_valid_leaves_the_flow():
    flow = affine_flow(8, 6, [[1, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(extend_flow(flow, np.zeros((8, 6), bool)), flow)


def test_minification_is_the_side_of_a_pixel_in_the_source():
    flow = affine_flow(20, 30, [[3, 0, 1], [0, 3, 2]])
    assert minification(flow, np.ones((20, 30), bool)) == pytest.approx(3)


def test_resample_by_identity_is_exact():
    image = np.random.default_rng(0).integers(0, 256, (24, 30, 3), np.uint8)
    np.testing.assert_array_equal(resample(image, affine_flow(24, 30, [[1, 0, 0], [0, 1, 0]]), 1), image)


def test_resample_averages_what_it_shrinks():
    image = np.zeros((40, 40), np.float32)
    image[::2] = 200
    small = resample(image, affine_flow(10, 10, [[4, 0, 1.5], [0, 4, 1.5]]), 4)
    np.testing.assert_allclose(small, 100, atol=1)


def test_layer_has_the_garments_outline_and_no_studio_colour():
    cloth = np.full((80, 60, 3), 255, np.uint8)
    mask = np.zeros((80, 60), bool)
    mask[20:60, 15:45] = True
    cloth[mask] = (200, 10, 10)
    layer = garment_layer(
        FlatGarment.cut(cloth, mask, np.zeros_like(mask)),
        affine_flow(80, 60, [[1, 0, 0], [0, 1, 0]]),
        np.ones((80, 60), np.float32),
        np.zeros((80, 60), bool),
        np.ones((80, 60), np.float32),
    )
    assert layer.alpha[40, 30] == 1
    assert layer.alpha[5, 5] == 0
    assert (layer.alpha > 0.5).sum() == pytest.approx(mask.sum(), rel=0.12)
    np.testing.assert_allclose(
        layer.colour[layer.alpha > 0],
        np.broadcast_to((200, 10, 10), (int((layer.alpha > 0).sum()), 3)),
        atol=1,
    )


def test_layer_is_seen_only_where_the_layout_says_so():
    cloth, mask = np.full((40, 40, 3), 90, np.uint8), np.ones((40, 40), bool)
    share = np.zeros((40, 40), np.float32)
    share[:, :20] = 1
    alpha = garment_layer(
        FlatGarment.cut(cloth, mask, np.zeros_like(mask)),
        affine_flow(40, 40, [[1, 0, 0], [0, 1, 0]]),
        share,
        share > 2,
        share,
    ).alpha
    assert alpha[20, 10] == 1
    assert alpha[20, 30] == 0


def test_steps_of_a_coarse_map_are_not_seen_in_the_outline():
    cloth, mask = np.full((1000, 60, 3), 90, np.uint8), np.ones((1000, 60), bool)
    rows = np.arange(1000) // 4 * 4
    share = np.float32(np.arange(60) < (20 + 0.02 * rows + 2 * (rows // 4 % 2))[:, None])
    alpha = garment_layer(
        FlatGarment.cut(cloth, mask, np.zeros_like(mask)),
        affine_flow(1000, 60, [[1, 0, 0], [0, 1, 0]]),
        share,
        share > 2,
        share,
    ).alpha[50:950]
    place = alpha.sum(axis=1)
    line = np.polyval(np.polyfit(np.arange(900), place, 1), np.arange(900))
    assert np.abs(place - line).max() < 0.6
    soft = ((alpha > 0.01) & (alpha < 0.99)).sum(axis=1)
    assert soft.min() >= 1
    assert soft.max() <= 4


def test_nothing_of_the_garment_beyond_its_picture():
    cloth, mask = np.full((40, 40, 3), 90, np.uint8), np.ones((40, 40), bool)
    flow = affine_flow(40, 40, [[1, 0, 100], [0, 1, 0]])
    everywhere = np.ones((40, 40), np.float32)
    garment = FlatGarment.cut(cloth, mask, np.zeros_like(mask))
    assert not garment_layer(garment, flow, everywhere, mask, everywhere).alpha.any()


FRAME = PersonFrame(np.array([[0.25, 0, -0.375], [0, 0.25, -0.375]]))
"""A photo of four times the network's size."""


def test_a_plane_is_upsampled_exactly():
    flow = affine_flow(256, 192, [[0.004, 0.001, 0.1], [0, 0.003, 0.05]])
    fine = upsample_flow(flow, FRAME, (1024, 768))
    truth = FRAME.to_photo(flow, (1024, 768))
    np.testing.assert_allclose(fine[8:-8, 8:-8], truth[8:-8, 8:-8], atol=5e-4)


@pytest.mark.parametrize("slant", [0.0, 0.4])
def test_a_tear_stays_a_tear_and_each_side_its_plane(slant):
    y, x = np.mgrid[:256, :192].astype(np.float32)
    sides = [affine_flow(256, 192, [[0.004, 0, start], [0, 0.003, 0.05]]) for start in (0.0, 0.5)]
    flow = np.where((x + slant * y < 100)[..., None], *sides)
    fine = upsample_flow(flow, FRAME, (1024, 768))[8:-8, 8:-8]
    planes = [FRAME.to_photo(side, (1024, 768))[8:-8, 8:-8] for side in sides]
    distance = np.minimum(*(np.abs(fine - plane).max(axis=-1) for plane in planes))
    assert distance.max() < 0.004


def test_smoothing_keeps_planes():
    flow = affine_flow(40, 30, [[0.004, 0.001, 0.1], [0, 0.003, 0.05]])
    np.testing.assert_allclose(smooth_flow(flow), flow, atol=1e-6)


def test_smoothing_takes_ripple_and_keeps_jumps():
    flow = affine_flow(40, 30, [[0.004, 0, 0], [0, 0.003, 0.05]])
    flow[:, 15:] += 0.5
    ripple = 0.004 * (-1.0) ** np.arange(30, dtype=np.float32)[None, :, None]
    away = np.abs(smooth_flow(flow + ripple) - flow).max(axis=(0, 2))
    assert away[2:13].max() < 0.0012
    assert away.max() < 0.012


@pytest.mark.parametrize("jump", [0.0, 0.02, 0.2])
def test_smoothing_averages_each_window_on_its_own_side_of_jumps(jump):
    rng = np.random.default_rng(0)
    flow = rng.normal(0, 0.008, (30, 24, 2)).astype(np.float32)
    flow[:, 11:] += jump
    y, x = 14, 10
    values, total = [], flow[y - 2 : y + 3, x - 2 : x + 3]
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            value = total[dy + 2, dx + 2]
            if np.abs(value - flow[y, x]).max() < 0.015 * (1 + max(abs(dy), abs(dx))):
                values.append(value)
    np.testing.assert_allclose(smooth_flow(flow)[y, x], np.mean(values, axis=0), atol=1e-6)


def test_where_no_garment_is_likely_none_is_seen():
    picture, size = np.full((40, 30, 3), 200, np.uint8), (40, 30)
    flow = np.stack(np.meshgrid(np.arange(30), np.arange(40)), axis=-1).astype(np.float32)
    everything = np.ones(size, bool)
    garment = FlatGarment.cut(picture, everything, ~everything)
    layer = garment_layer(garment, flow, np.zeros(size, np.float32), ~everything, np.ones(size, np.float32))
    assert not layer.alpha.any()
    assert (layer.colour == 200).all()


def test_around_a_small_garment_its_colour_goes_on():
    picture, size = np.full((400, 300, 3), 200, np.uint8), (400, 300)
    flow = np.stack(np.meshgrid(np.arange(300), np.arange(400)), axis=-1).astype(np.float32)
    share, everything = np.zeros(size, np.float32), np.ones(size, bool)
    share[180:220, 130:170] = 1
    garment = FlatGarment.cut(picture, everything, ~everything)
    layer = garment_layer(garment, flow, share, ~everything, share)
    assert (layer.colour == 200).all()
    assert layer.alpha[200, 150] == 1
    assert not layer.alpha[:170].any()


def test_a_flow_that_misses_by_a_little_counts_where_the_garment_is_sure():
    cloth, mask = np.full((200, 40, 3), 90, np.uint8), np.zeros((200, 40), bool)
    mask[:100] = True
    flow, share = affine_flow(200, 40, [[1, 0, 0], [0, 1, 0]]), np.ones((200, 40), np.float32)
    doubtful, sure = (
        garment_layer(
            FlatGarment.cut(cloth, mask, np.zeros_like(mask)), flow, share, np.full(mask.shape, s), share
        ).alpha
        for s in (False, True)
    )
    near, far = 100 + round(0.8 * SLACK * 200), 100 + round(1.2 * SLACK * 200)
    assert doubtful[103, 20] == 0
    assert sure[near, 20] == pytest.approx(1, abs=0.001)
    assert sure[far, 20] == 0


@pytest.mark.parametrize(("sure", "open_end", "seen"), [(True, True, 1), (False, True, 0), (False, False, 1)])
def test_a_slit_stays_open_where_the_wall_may_be_seen_and_reaches_it(sure, open_end, seen):
    cloth, mask = np.full((400, 300, 3), 90, np.uint8), np.zeros((400, 300), bool)
    mask[20:380, 50:250] = True
    mask[100 : 380 if open_end else 200, 148:152] = False
    share = np.full(mask.shape, 0.8, np.float32)
    alpha = garment_layer(
        FlatGarment.cut(cloth, mask, np.zeros_like(mask)),
        affine_flow(400, 300, [[1, 0, 0], [0, 1, 0]]),
        share,
        np.full(mask.shape, sure),
        share,
    ).alpha
    assert alpha[150, 149:151].round().tolist() == [seen, seen]
    assert alpha[150, 140] == alpha[60, 150] == 1


def test_tulle_is_laid_on_with_its_opacity_and_other_cloth_without():
    cloth, mask = np.full((400, 300, 3), 250, np.uint8), np.zeros((400, 300), bool)
    mask[20:380, 50:250] = True
    cloth[mask] = (140, 190, 175)
    cloth[30:370, 60:240] = (20, 120, 90)
    flow, share = affine_flow(400, 300, [[1, 0, 0], [0, 1, 0]]), np.float32(mask)

    tulle, cotton = (
        garment_layer(FlatGarment.cut(picture, mask, np.zeros_like(mask)), flow, share, mask, share)
        for picture in (cloth, np.where(mask[..., None], cloth[200, 150], cloth))
    )

    assert cotton.opacity is None
    assert tulle.opacity[200, 150] == pytest.approx(1, abs=0.02)
    assert VEIL < tulle.opacity[200, 55] < 0.95
    np.testing.assert_allclose(tulle.colour[200, 55], (20, 120, 90), atol=15)
