import cv2
import numpy as np
import pytest

from ml.tps import bare_body, matching_points, tps_flow


def shirt_mask():
    mask = np.zeros((256, 192), np.uint8)
    cv2.rectangle(mask, (60, 40), (130, 220), 1, -1)
    cv2.fillPoly(mask, [np.array([[60, 40], [20, 110], [40, 120], [62, 90]])], 1)
    cv2.fillPoly(mask, [np.array([[130, 40], [170, 110], [150, 120], [128, 90]])], 1)
    return mask.astype(bool)


def trousers_mask():
    mask = np.zeros((256, 192), np.uint8)
    cv2.rectangle(mask, (60, 20), (130, 90), 1, -1)
    cv2.rectangle(mask, (60, 90), (90, 240), 1, -1)
    cv2.rectangle(mask, (100, 90), (130, 240), 1, -1)
    return mask.astype(bool)


@pytest.fixture
def joints(make_pose):
    return make_pose(256, 192).joints()[0]


def at(flow, point):
    x, y = np.round(point).astype(int)
    return flow[y, x]


def test_spline_follows_an_affine_map():
    body = np.array([[10, 10], [180, 20], [90, 240], [20, 200], [100, 100]], float)
    flow = tps_flow(body, body * 0.8 + (5, 9), (256, 192))
    assert flow.shape == (256, 192, 2)
    assert flow.dtype == np.float32
    np.testing.assert_allclose(flow[50, 60], (60 * 0.8 + 5, 50 * 0.8 + 9), atol=0.5)


def test_a_shirts_sides_keep_their_order_and_its_chest_lands_on_the_chest(joints):
    flow = tps_flow(*matching_points(joints, shirt_mask(), "upper_body"), (256, 192))
    chest = joints[[1, 2, 7, 8]].mean(axis=0)
    x, y = at(flow, chest)
    assert x == pytest.approx(95, abs=6)
    assert 60 < y < 180
    assert at(flow, np.add(chest, (-20, 0)))[0] < x < at(flow, np.add(chest, (20, 0)))[0]


def test_sleeves_run_along_the_arms(joints):
    body, garment = matching_points(joints, shirt_mask(), "upper_body")
    cuffs = garment[:, 0] < 40
    assert cuffs.sum() == 1
    assert np.linalg.norm(body[cuffs][0] - joints[2]) < np.linalg.norm(joints[6] - joints[2])


def test_sleeveless_garments_get_no_sleeve_points(joints):
    mask = np.zeros((256, 192), bool)
    mask[40:220, 60:130] = True
    with_sleeves, without = (len(matching_points(joints, m, "upper_body")[0]) for m in (shirt_mask(), mask))
    assert with_sleeves - without == 4


def test_trouser_legs_land_on_the_legs(joints):
    flow = tps_flow(*matching_points(joints, trousers_mask(), "lower_body"), (256, 192))
    assert 60 <= at(flow, joints[10])[0] <= 92
    assert 98 <= at(flow, joints[9])[0] <= 130


@pytest.mark.parametrize("category", ["upper_body", "lower_body", "dresses"])
def test_a_plain_block_gives_finite_points(joints, category):
    mask = np.zeros((256, 192), bool)
    mask[30:220, 50:140] = True
    body, garment = matching_points(joints, mask, category)
    assert body.shape == garment.shape
    assert np.isfinite(body).all()
    assert np.isfinite(garment).all()


def test_the_bare_body_covers_its_joints_and_not_the_room(joints):
    body = bare_body(joints)
    assert all(at(body, joint) > 0.5 for joint in joints[1:])
    assert not body[:40, :40].any()
    assert 0.1 < body.mean() < 0.5
