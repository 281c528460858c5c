"""Bare chests: the frame they are seen in, and what the skin that is seen makes likely for the rest."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ml.anatomy import HIPS, SHOULDERS, chin, middle
from ml.chest import (
    ACROSS,
    DOWN,
    LIGHTEST,
    PALER,
    RELIEF,
    RELIEF_ACROSS,
    RELIEF_DOWN,
    ChestFrame,
    Chests,
    observed,
)
from ml.skin import LUMINANCE
from ml.weights import DamagedWeightsError, save_weights
from tests.ml.scenes import box

SHAPE = (len(DOWN), len(ACROSS), 3)
TONE = np.array((200, 150, 125), np.float32)


def chests(**parts):
    """Chests that are everywhere like the face, with these parts instead."""
    plain = {
        "mean": np.zeros(SHAPE, np.float32),
        "basis": np.zeros((*SHAPE, 2), np.float32),
        "noise": np.full(SHAPE, 0.01, np.float32),
        "relief": np.zeros((len(RELIEF_DOWN), len(RELIEF_ACROSS), 3), np.float32),
    }
    return Chests(**plain | parts, version="chest-9")


def seen_face(pose, colour=TONE):
    """A photo that is of one colour, with face and neck seen."""
    shape = pose.segmentation.shape
    photo = np.broadcast_to(np.float32(colour), (*shape, 3)).copy()
    face, neck = box(shape, 0.44, 0.06, 0.56, 0.16), box(shape, 0.46, 0.185, 0.54, 0.235)
    return photo, face, neck


def test_the_frame_goes_through_chin_and_shoulders(pose):
    frame = ChestFrame.of(pose)
    points = frame.points(np.array((-1.0, 0.0, 1.0)), np.array((-1.0, 0.0)))
    np.testing.assert_allclose(points[1, 2], pose.keypoints[SHOULDERS[0]], atol=1e-3)
    np.testing.assert_allclose(points[1, 0], pose.keypoints[SHOULDERS[1]], atol=1e-3)
    np.testing.assert_allclose(points[0, 1], chin(pose), atol=1e-3)
    below = frame.points(np.zeros(1), np.ones(1))[0, 0] - middle(pose, SHOULDERS)
    towards = middle(pose, HIPS) - middle(pose, SHOULDERS)
    assert below @ towards == pytest.approx(np.linalg.norm(below) * np.linalg.norm(towards))


def test_every_pixel_finds_its_place(pose):
    frame = ChestFrame.of(pose)
    across, down = frame.places(pose.segmentation.shape)
    for x, y in ((192, 90), (150, 123), (230, 200)):
        there = frame.points(across[y, x : x + 1], down[y, x : x + 1])[0, 0]
        np.testing.assert_allclose(there, (x, y), atol=1e-3)


def test_turned_people_have_no_chest(pose):
    left, right = SHOULDERS
    points = pose.keypoints.copy()
    points[[left, right]] = points[[right, left]]
    assert ChestFrame.of(replace(pose, keypoints=points)) is None
    points = pose.keypoints.copy()
    points[left, 0] = points[right, 0] + 30
    assert ChestFrame.of(replace(pose, keypoints=points)) is None
    photo, face, neck = seen_face(pose)
    assert chests().expected(photo, face | neck, face, [neck], replace(pose, keypoints=points)) is None


def test_what_is_observed_is_relative_to_the_tone(pose):
    photo, _, neck = seen_face(pose)
    photo[neck] *= 0.8
    logs, seen = observed(photo, neck, np.log(TONE), ChestFrame.of(pose))
    middle_of_neck = int(np.abs(DOWN + 0.6).argmin()), int(np.abs(ACROSS).argmin())
    assert seen[middle_of_neck]
    np.testing.assert_allclose(logs[middle_of_neck], np.log(0.8), atol=1e-4)
    assert not seen[-10:].any()
    assert not logs[~seen].any()


def test_the_part_that_is_seen_tells_the_factors():
    basis = np.random.default_rng(0).normal(0, 0.3, (*SHAPE, 2)).astype(np.float32)
    known, truth = chests(basis=basis), np.array((1.5, -0.7))
    logs, seen = basis @ np.float32(truth), np.zeros(SHAPE[:2], bool)
    seen[:10] = True
    logs[~seen] = 9
    np.testing.assert_allclose(known.factors(logs, seen), truth, atol=0.02)
    # A scarf across a tenth of it changes little.
    logs[3] = -2
    np.testing.assert_allclose(known.factors(logs, seen), truth, atol=0.1)
    assert not known.factors(logs, np.zeros_like(seen)).any()


def test_a_chest_has_the_shoppers_own_tone_in_the_pattern_of_the_mean(pose):
    photo, face, neck = seen_face(pose)
    mean = np.zeros(SHAPE, np.float32)
    mean[DOWN > 0.2] = np.log(0.8)
    colours, worth = chests(mean=mean).expected(photo, face | neck, face, [neck], pose)
    x, y = ChestFrame.of(pose).points(np.zeros(1), np.array((0.6,)))[0, 0].round().astype(int)
    np.testing.assert_allclose(colours[y, x], TONE * 0.8 * np.exp(PALER), atol=1)
    assert worth[y, x] == 1
    assert worth[: int(chin(pose)[1])].max() == 0
    assert worth[int(middle(pose, HIPS)[1]) :].max() == 0
    assert worth.min() == 0


def test_a_chests_tint_is_that_of_the_shoppers_own_skin(pose):
    photo, face, neck = seen_face(pose)
    arm = box(photo.shape[:2], 0.1, 0.4, 0.4, 0.7)
    photo[neck | arm] = (190, 155, 120)
    colours, _ = chests().expected(photo, face | neck | arm, face, [neck, arm], pose)
    x, y = ChestFrame.of(pose).points(np.zeros(1), np.array((0.6,)))[0, 0].round().astype(int)
    own, seen = (np.log(colour) - np.log(colour) @ LUMINANCE for colour in ((190, 155, 120), colours[y, x]))
    np.testing.assert_allclose(seen, own + PALER, atol=0.01)


def test_a_face_tells_the_tints_that_no_other_skin_has(pose):
    photo, face, neck = seen_face(pose)
    arm = box(photo.shape[:2], 0.2, 0.4, 0.3, 0.5)
    photo[neck | arm] = np.float32((190, 155, 120)) * 0.6
    colours, _ = chests().expected(photo, face | neck | arm, face, [neck, arm], pose)
    x, y = ChestFrame.of(pose).points(np.zeros(1), np.array((0.6,)))[0, 0].round().astype(int)
    np.testing.assert_allclose(colours[y, x], TONE * np.exp(PALER), atol=3)


def test_collarbones_lie_on_top_and_end_at_the_shoulders_and_below(pose):
    photo, face, neck = seen_face(pose)
    relief = np.full((len(RELIEF_DOWN), len(RELIEF_ACROSS), 3), -0.1, np.float32)
    colours, _ = chests(relief=relief).expected(photo, face | neck, face, [neck], pose)
    frame = ChestFrame.of(pose)
    for across, down, share in (
        (0.3, 0.08, 1.0),
        (0.7, 0.08, 0.5),
        (0.95, 0.08, 0.0),
        (0.3, 0.25, 0.5),
        (0.3, 0.5, 0.0),
    ):
        x, y = frame.points(np.array((across,)), np.array((down,)))[0, 0]
        light = -0.1 * RELIEF * share
        np.testing.assert_allclose(np.log(colours[round(y), round(x)] / TONE) - PALER, light, atol=0.02)


def test_no_chest_is_much_lighter_than_the_lightest_of_face_and_arms(pose):
    photo, face, neck = seen_face(pose)
    photo[neck] *= 0.7
    basis = np.zeros((*SHAPE, 2), np.float32)
    basis[DOWN < -0.3, ..., 0], basis[DOWN > -0.3, ..., 0] = -0.25, 0.25
    known = chests(basis=basis)
    assert known.factors(*observed(photo, neck, np.log(TONE), ChestFrame.of(pose)))[0] > 1
    x, y = ChestFrame.of(pose).points(np.zeros(1), np.array((0.4,)))[0, 0].round().astype(int)
    colours, _ = known.expected(photo, face | neck, face, [neck], pose)
    assert np.log(colours[y, x] / TONE) @ LUMINANCE == pytest.approx(LIGHTEST, abs=0.01)
    arm = box(photo.shape[:2], 0.2, 0.4, 0.3, 0.5)
    photo[arm] *= 1.2
    lighter, _ = known.expected(photo, face | neck | arm, face, [neck, arm], pose)
    assert np.log(lighter[y, x] / TONE) @ LUMINANCE == pytest.approx(LIGHTEST + np.log(1.2), abs=0.01)


def test_a_mean_that_is_lighter_than_all_skin_that_is_seen_is_darkened(pose):
    photo, face, neck = seen_face(pose)
    mean = np.zeros(SHAPE, np.float32)
    mean[DOWN > -0.5] = 0.15
    colours, _ = chests(mean=mean).expected(photo, face | neck, face, [neck], pose)
    x, y = ChestFrame.of(pose).points(np.zeros(1), np.array((0.4,)))[0, 0].round().astype(int)
    assert np.log(colours[y, x] / TONE) @ LUMINANCE == pytest.approx(LIGHTEST, abs=0.01)


def test_nothing_is_expected_of_somebody_whose_face_is_hidden(pose):
    photo, face, neck = seen_face(pose)
    assert chests().expected(photo, neck, face & ~face, [neck], pose) is None


def test_weights_come_back_and_those_of_something_else_are_refused(tmp_path):
    state = {name: torch.from_numpy(part) for name, part in vars(chests()).items() if name != "version"}
    save_weights(state, {"version": "chest-9"}, tmp_path / "chest.safetensors")
    loaded = Chests.load(tmp_path)
    assert loaded.version == "chest-9"
    assert loaded.noise.shape == SHAPE
    for spoiled in (state | {"mean": state["mean"][:3]}, state | {"basis": state["mean"]}):
        save_weights(spoiled, {"version": "chest-9"}, tmp_path / "chest.safetensors")
        with pytest.raises(DamagedWeightsError):
            Chests.load(tmp_path)
