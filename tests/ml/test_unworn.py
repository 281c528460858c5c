"""Garments of drawn people taken off and laid flat; the photo itself is the truth."""

import csv
import json
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from ml import __main__ as command_line
from ml.anatomy import HIPS, SHOULDERS, middle
from ml.images import read_image, write_image
from ml.labels import LABELS
from ml.training import people as training_people
from ml.training.people import CLASS_NAMES, NOT_LEARNT, Person, holdout_numbers
from ml.unworn.command import dressed_people
from ml.unworn.flat import between, main_parts
from ml.unworn.garments import region, unwear
from ml.unworn.limbs import on_limbs
from ml.unworn.skeleton import ARM_ANGLE, Skeleton
from ml.unworn.usable import NotUsable, full_pose, has_legs
from tests.ml.stubs import StubPoseEstimator

UPPER, LOWER, SKIN, HAIR = (LABELS.index(name) for name in ("upper", "lower", "skin", "hair"))
NAMES = [name for names in [*CLASS_NAMES.values(), NOT_LEARNT] for name in names.split()]


def line(labels, points, value, width):
    for start, end in pairwise(points):
        ends = [tuple(int(v) for v in point.round()) for point in (start, end)]
        cv2.line(labels, *ends, int(value), width)


@pytest.fixture
def labels(pose):
    """A long-sleeved top and trousers; face and hands are bare."""
    labels = np.zeros((512, 384), np.uint8)
    points = pose.keypoints
    line(labels, points[[0, 0]], SKIN, 44)
    for hip, knee, ankle in ((23, 25, 27), (24, 26, 28)):
        line(labels, points[[hip, knee, ankle]], LOWER, 40)
    cv2.fillConvexPoly(labels, points[[11, 12, 24, 23]].round().astype(np.int32), UPPER)
    line(labels, points[[11, 12]], UPPER, 24)
    for shoulder, elbow, wrist, knuckle in ((11, 13, 15, 19), (12, 14, 16, 20)):
        line(labels, points[[wrist, knuckle]], SKIN, 16)
        line(labels, points[[shoulder, elbow, wrist]], UPPER, 22)
    return labels


@pytest.fixture
def person(pose, labels):
    """Colours tell the place: red grows to the right, green downwards."""
    y, x = np.mgrid[:512, :384]
    image = np.stack([x * 0.6, y * 0.45, np.full_like(x, 90)], axis=-1).astype(np.uint8)
    return Person(image, labels, *pose.joints(), np.uint8(255 * (labels > 0)))


def test_joints_of_the_flat_body_come_from_joints_of_the_photo(pose):
    skeleton = Skeleton.with_arms(pose)
    for side, shoulder in enumerate(SHOULDERS):
        upper, lower = skeleton.limbs[side]
        np.testing.assert_allclose(upper.to_photo(upper.flat_start), pose.keypoints[shoulder], atol=1e-3)
        np.testing.assert_allclose(lower.to_photo(lower.flat_end), pose.keypoints[15 + side], atol=1e-3)
        np.testing.assert_allclose(
            upper.to_photo(upper.flat_end), lower.to_photo(lower.flat_start), atol=1e-3
        )
    length = skeleton.trunk.length
    for level, pair in ((0, SHOULDERS), (length, HIPS)):
        np.testing.assert_allclose(
            skeleton.trunk.to_photo(np.array([0, level])), middle(pose, pair), atol=1e-3
        )


def test_arms_of_the_flat_body_are_straight_and_off_the_trunk(pose):
    for limb, sign in zip(Skeleton.with_arms(pose).limbs, (1, -1), strict=True):
        for bone in limb:
            x, y = bone.flat_end - bone.flat_start
            assert np.arctan2(sign * x, y) == pytest.approx(ARM_ANGLE)


def test_each_place_belongs_to_the_part_it_lies_on(pose):
    skeleton = Skeleton.with_arms(pose)
    wrists = [limb[1].flat_end for limb in skeleton.limbs]
    photo, part = skeleton.to_photo(np.array([(0, skeleton.trunk.length / 2), *wrists]))
    assert part.tolist() == [0, 1, 2]
    np.testing.assert_allclose(photo[1:], pose.keypoints[[15, 16]], atol=0.5)


def test_a_skeleton_never_mirrors(pose):
    places = np.stack(np.meshgrid(np.arange(-20.0, 20), np.arange(20.0, 100)), axis=-1)
    photo, _ = Skeleton.with_arms(pose).to_photo(places)
    across, down = photo[:-1, 1:] - photo[:-1, :-1], photo[1:, :-1] - photo[:-1, :-1]
    assert (across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0] > 0).all()


@pytest.mark.parametrize("category", ["upper_body", "lower_body"])
def test_the_garment_can_be_put_back(person, category):
    garment = unwear(person, category)
    worn = cv2.erode(np.uint8(garment.worn), np.ones((7, 7), np.uint8)) > 0
    flow = garment.flow
    again = cv2.remap(garment.cloth, flow[..., 0], flow[..., 1], cv2.INTER_LINEAR)
    error = np.abs(again[worn].astype(int) - person.image[worn]).max(axis=1)
    assert np.percentile(error, 95) <= 4
    x, y = flow[worn].round().astype(int).T
    assert garment.mask[y, x].mean() > 0.98


def test_it_is_a_picture_like_a_studios(person):
    garment = unwear(person, "upper_body")
    assert garment.cloth.shape == (1024, 768, 3)
    assert (garment.cloth[~cv2.dilate(np.uint8(garment.mask), np.ones((9, 9))).astype(bool)] == 255).all()
    rows, columns = (np.flatnonzero(garment.mask.any(axis=axis)) for axis in (1, 0))
    assert abs(rows[0] + rows[-1] - 1023) <= 20
    assert abs(columns[0] + columns[-1] - 767) <= 20
    assert max(np.ptp(rows) / 1024, np.ptp(columns) / 768) == pytest.approx(0.88, abs=0.03)


def test_sleeves_stand_off_a_trunk_that_they_touched(pose, labels, person):
    points = pose.keypoints.copy()
    points[13], points[15], points[19] = points[11] + (12, 75), points[11] + (14, 140), points[11] + (14, 160)
    close = replace(pose, keypoints=points)
    touching = labels.copy()
    touching[labels == UPPER] = 0
    cv2.fillConvexPoly(touching, points[[11, 12, 24, 23]].round().astype(np.int32), UPPER)
    for chain in ([11, 13, 15], [12, 14, 16]):
        line(touching, points[chain], UPPER, 22)
    garment = unwear(replace(person, labels=touching, joints=close.joints()[0]), "upper_body")
    rows = np.flatnonzero(garment.mask.any(axis=1))
    low = garment.mask[rows[0] + int(0.75 * np.ptp(rows))]
    assert len(np.flatnonzero(np.diff(low.astype(int)) == 1)) + low[0] == 3  # sleeve, trunk, sleeve


def test_it_is_the_same_every_time(person):
    one, other = unwear(person, "upper_body"), unwear(person, "upper_body")
    np.testing.assert_array_equal(one.cloth, other.cloth)
    np.testing.assert_array_equal(one.flow, other.flow)


def test_what_an_arm_hides_is_filled(person, pose):
    plain = replace(person, image=np.full_like(person.image, (40, 80, 160)))
    plain.labels[200:250, 150:230] = LABELS.index("bag")
    plain.image[200:250, 150:230] = (250, 200, 0)
    garment = unwear(plain, "upper_body")
    assert 0.05 < garment.hidden < 0.35
    inner = cv2.erode(np.uint8(garment.mask), np.ones((9, 9))) > 0
    assert np.abs(garment.cloth[inner].astype(int) - (40, 80, 160)).max() <= 2
    filled = cv2.morphologyEx(np.uint8(garment.mask), cv2.MORPH_CLOSE, np.ones((5, 5)))
    assert main_parts(filled > 0).sum() - garment.mask.sum() < 0.01 * garment.mask.sum()


def reason(person, category):
    with pytest.raises(NotUsable) as refused:
        unwear(person, category)
    return str(refused.value)


def test_what_cannot_be_taken_off(person, labels):
    assert reason(person, "dresses") == "too small"
    both = labels.copy()
    both[130:200][labels[130:200] == UPPER] = LABELS.index("dress")
    assert reason(replace(person, labels=both), "upper_body") == "worn with another"
    long = labels.copy()
    long[270:380][labels[270:380] == LOWER] = UPPER
    assert reason(replace(person, labels=long), "lower_body") == "worn under another"
    unsure = person.visibility.copy()
    unsure[1] = 0.2
    assert reason(replace(person, visibility=unsure), "upper_body") == "pose not sure"
    turned = person.joints.copy()
    turned[[1, 2]] = turned[[2, 1]]
    assert reason(replace(person, joints=turned), "upper_body") == "turned away"
    hidden = labels.copy()
    hidden[145:255, 130:254] = LABELS.index("bag")
    assert reason(replace(person, labels=hidden), "upper_body") == "too hidden"


def test_legs_are_told_from_a_skirt(pose, labels):
    assert has_legs(labels == LOWER, pose)
    skirt = np.zeros(labels.shape, np.uint8)
    cv2.fillConvexPoly(skirt, pose.keypoints[[23, 24, 26, 25]].round().astype(np.int32), 1)
    assert not has_legs(skirt > 0, pose)


def test_trouser_legs_are_told_apart(pose, labels):
    left, right = on_limbs(labels == LOWER, pose, legs=True)
    assert not (left & right).any()
    np.testing.assert_array_equal(left | right, labels == LOWER)
    assert np.argwhere(left)[:, 1].min() > np.argwhere(right)[:, 1].max()


def test_sleeves_end_where_the_cloth_does(pose, labels):
    short = labels.copy()
    short[round(pose.keypoints[13, 1]) :, round(pose.keypoints[11, 0]) :][
        labels[round(pose.keypoints[13, 1]) :, round(pose.keypoints[11, 0]) :] == UPPER
    ] = SKIN
    left, right = on_limbs(short == UPPER, pose, legs=False)
    assert np.argwhere(left)[:, 0].max() < pose.keypoints[13, 1] + 15
    assert np.argwhere(right)[:, 0].max() > pose.keypoints[16, 1] - 15


def test_the_region_is_the_garment_and_a_little_more(person):
    garment = unwear(person, "upper_body")
    where = region(garment, person)
    hands = np.hypot(*(np.indices(where.shape)[::-1] - person.joints[5][:, None, None])) < 40
    bare = person.labels == SKIN
    assert where[garment.worn].all()
    assert not (where & bare & hands)[: round(person.joints[5][1]) + 40][
        round(person.joints[5][1]) + 10 :
    ].any()
    grown = cv2.dilate(np.uint8(garment.worn), np.ones((23, 23))) > 0
    assert not (where & ~grown).any()
    assert where.sum() > 1.05 * garment.worn.sum()


def test_the_pose_keeps_its_joints_and_gets_a_face(person):
    pose = full_pose(person)
    np.testing.assert_allclose(pose.joints()[0], person.joints)
    assert (pose.keypoints[[9, 10], 1] > pose.keypoints[[2, 5], 1]).all()


def test_between_and_main_parts():
    row = np.array([[0, 1, 0, 0, 1, 0]], bool)
    assert between(row).tolist() == [[False, True, True, True, True, False]]
    mask = np.zeros((40, 40), bool)
    mask[5:35, 5:35] = True
    mask[20, 20] = False
    mask[0, 0] = True
    cleaned = main_parts(mask)
    assert cleaned[20, 20]
    assert not cleaned[0, 0]


@pytest.fixture
def data(tmp_path, person, labels):
    """A folder with one held-out photo, one for training, and their poses."""
    numbers = sorted(holdout_numbers())[0], "0001"
    assert numbers[1] not in holdout_numbers()
    named = np.zeros(labels.shape, np.uint8)
    for label, name in ((SKIN, "skin"), (UPPER, "shirt"), (LOWER, "jeans")):
        named[labels == label] = NAMES.index(name)
    for folder in ("people/photos", "people/labels", "poses"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "people/labels.json").write_text(json.dumps(NAMES))
    for number in numbers:
        write_image(tmp_path / f"people/photos/{number}.jpg", person.image)
        cv2.imwrite(str(tmp_path / f"people/labels/{number}.png"), named)
        pose = {"joints": person.joints, "visibility": person.visibility, "silhouette": person.silhouette}
        np.savez(tmp_path / f"poses/{number}.npz", **pose)
    return tmp_path, numbers


def unworn(folder, *extra):
    words = ["unworn", "--data", folder, "--output", folder / "out", "--poses", folder / "poses", *extra]
    return command_line.main([str(word) for word in words])


def test_the_pose_estimator_is_loaded_once_for_all_photos(data, pose, monkeypatch):
    folder, numbers = data
    loaded = []
    monkeypatch.setattr(training_people, "PoseEstimator", lambda: loaded.append(1) or StubPoseEstimator(pose))
    found = list(dressed_people(folder / "people", list(numbers), folder / "new"))
    assert [number for number, _ in found] == list(numbers)
    assert len(loaded) == 1


@pytest.mark.parametrize("split", ["holdout", "train"])
def test_the_command_writes_pairs_that_evaluate_reads(data, capsys, split):
    folder, (held_out, other) = data
    assert unworn(folder, "--split", split) == 0
    number = held_out if split == "holdout" else other
    with (folder / "out/pairs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["category"] for row in rows] == ["upper_body", "lower_body"]
    for row in rows:
        assert row["person"] == row["target"] == f"people/{number}.jpg"
        photo = read_image(folder / "out" / row["person"])
        np.testing.assert_array_equal(photo, read_image(folder / f"people/photos/{number}.jpg"))
        assert read_image(folder / "out" / row["region"]).shape == photo.shape
        assert read_image(folder / "out" / row["cloth"]).shape == (1024, 768, 3)
    printed = json.loads(capsys.readouterr().out)
    assert (printed["photos"], printed["pairs"]) == (1, 2)
    assert printed["left_out"] == {"dresses: too small": 1}


def test_the_command_stops_at_the_count(data, capsys):
    folder, _ = data
    assert unworn(folder, "--count", "1") == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 1


def test_no_photos_are_a_plain_error(tmp_path, capsys):
    (tmp_path / "people").mkdir()
    (tmp_path / "people/labels.json").write_text("[]")
    assert unworn(tmp_path) == 1
    assert "no labelled photo of the split holdout" in capsys.readouterr().err
