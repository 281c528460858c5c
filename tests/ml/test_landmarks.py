"""Corners of flat garments: which a garment has, where they lie, and how they are kept."""

import math

import cv2
import numpy as np
import pytest

from ml.landmarks import LANDMARKS, LEAST_TURN, MIRRORED, turn_of
from ml.twins.landmarks import Places, located
from ml.twins.scene import make_geometry
from ml.twins.store import TwinStore, write_twins
from ml.twins.surface import Surface

SEEDS = range(4)
LOWER = {"left_waist", "right_waist", "left_hem_outer", "right_hem_outer"}
LEGS = {"crotch", "left_hem_inner", "right_hem_inner"}


@pytest.fixture(scope="module", params=("upper_body", "lower_body", "dresses"))
def geometries(request):
    return [make_geometry(seed, request.param) for seed in SEEDS]


def named(geometry):
    return {
        name: point
        for name, point, seen in zip(LANDMARKS, geometry.landmarks, geometry.landmarks_seen, strict=True)
        if seen
    }


def test_a_garment_has_the_corners_of_its_category(geometries):
    for geometry in geometries:
        found = set(named(geometry))
        if geometry.category == "lower_body":
            assert found in (LOWER, LOWER | LEGS)
        else:
            assert found >= {
                "left_collar",
                "right_collar",
                "left_armpit",
                "left_hem_outer",
                "right_hem_outer",
            }
            assert not found & (LEGS | {"left_waist", "right_waist"})
            assert ("left_cuff_outer" in found) == ("right_cuff_inner" in found)


def test_corners_that_are_seen_lie_on_the_garment(geometries):
    for geometry in geometries:
        near = cv2.dilate(np.uint8(geometry.cloth > 0), np.ones((7, 7), np.uint8)) > 0
        for (x, y), seen in zip(geometry.landmarks, geometry.landmarks_seen, strict=True):
            assert seen < 2 or near[round(float(y)), round(float(x))]


def test_left_is_right_in_the_picture_and_hems_are_below(geometries):
    for geometry in geometries:
        at = named(geometry)
        for name in at:
            if name.startswith("left_") and "cuff" not in name and "inner" not in name:
                assert at[name][0] > at[name.replace("left", "right")][0]
        top = at["left_waist" if geometry.category == "lower_body" else "left_collar"]
        assert at["left_hem_outer"][1] > top[1]


def test_the_front_of_the_neck_is_between_and_below_its_ends():
    geometry = next(
        g for g in (make_geometry(seed, "upper_body") for seed in range(20)) if "front_neck" in named(g)
    )
    at = named(geometry)
    assert at["right_collar"][0] < at["front_neck"][0] < at["left_collar"][0]
    assert at["front_neck"][1] >= min(at["right_collar"][1], at["left_collar"][1])


def test_crossings_are_exact():
    faces, field = np.array([[0, 1, 2]]), np.array([-1.0, 3.0, 1.0])
    places = Places.crossings(faces, field)
    assert places(field) == pytest.approx([0, 0])
    corners_at = np.array([(0.0, 0.0), (4.0, 0.0), (0.0, 2.0)])
    assert sorted(map(tuple, places(corners_at))) == [(0.0, 1.0), (1.0, 0.0)]
    assert places.best(np.array([1.0, 2.0]), np.array([False, False])) is None


@pytest.mark.parametrize(("nearest", "expected"), [(0.0, 2), (-0.2, 1)])
def test_a_corner_under_another_layer_is_hidden(nearest, expected):
    none = np.zeros(3)
    surface = Surface(
        points=np.zeros((3, 3)),
        faces=np.array([[0, 1, 2]]),
        flat=np.zeros((3, 2)),
        depth=none,
        keep=np.zeros((3, 2)),
        front=none,
        rest=np.zeros((3, 3)),
        arm=none,
        along=none,
    )
    place = Places(np.array([0]), np.array([1]), np.array([0.5]))
    pixels = [np.array([(4.0, 6.0), (8.0, 6.0), (0.0, 0.0)])]
    zbuffer = np.full((20, 10), nearest)
    points, seen = located(iter([("crotch", surface, place)]), [surface], pixels, zbuffer)
    index = LANDMARKS.index("crotch")
    assert points[index].tolist() == [6, 6]
    assert seen[index] == expected
    assert seen.sum() == expected


def test_mirroring_swaps_left_and_right():
    swapped = [LANDMARKS[index] for index in MIRRORED]
    for name, other in zip(LANDMARKS, swapped, strict=True):
        expected = name.replace("left", "x").replace("right", "left").replace("x", "right")
        assert other == expected


def test_corners_are_stored_and_older_stores_have_none(tmp_path):
    store = write_twins(tmp_path, 2, 7)
    fresh = make_geometry(8)
    assert (store[1].landmarks == fresh.landmarks).all()
    assert (store[1].landmarks_seen == fresh.landmarks_seen).all()
    for name in ("landmarks", "landmarks_seen"):
        (tmp_path / f"{name}.npy").unlink()
    older = TwinStore.open(tmp_path)
    assert not older[1].landmarks_seen.any()
    assert (older[1].cloth == fresh.cloth).all()
    assert len(write_twins(tmp_path, 2, 7)) == 2


UPRIGHT = {"left_shoulder": (80, 20), "right_shoulder": (20, 20), "left_hem_outer": (75, 120)}
UPRIGHT |= {"right_hem_outer": (25, 120), "front_neck": (50, 20), "left_cuff_outer": (110, 60)}


@pytest.mark.parametrize("degrees", [-170, -90, -20, -3, 3, 20, 90, 170])
def test_corners_tell_how_far_a_garment_lies_turned(degrees):
    turn = math.radians(degrees)
    sine, cosine = math.sin(turn), math.cos(turn)
    turned = {name: (x * cosine - y * sine, x * sine + y * cosine) for name, (x, y) in UPRIGHT.items()}
    assert turn_of(turned) == pytest.approx(turn)


def test_a_garment_is_upright_if_it_hardly_lies_turned_or_nothing_tells():
    assert turn_of(UPRIGHT) == turn_of({}) == turn_of({"left_collar": (3, 40), "crotch": (0, 0)}) == 0
    beside = math.tan(LEAST_TURN)
    for share, upright in ((0.9, True), (1.1, False)):
        found = turn_of({"left_waist": (100, 100 * share * beside), "right_waist": (0, 0)})
        assert (found == 0) is upright
