"""Learning what bare chests look like, from chests that are made up."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ml.__main__ import main
from ml.anatomy import SHOULDERS, middle
from ml.chest import ACROSS, DOWN, RELIEF_ACROSS, RELIEF_DOWN, Chests
from ml.morphology import dilate
from ml.training import chest_samples
from ml.training.chest import BELIEVED, fit
from ml.training.chest_relief import mean_relief
from ml.training.chest_samples import Chest, chest_of, luminance
from tests.ml.scenes import SKIN_COLOUR, WALL, box
from tests.ml.stubs import StubPoseEstimator

SHAPE, FINE = (len(DOWN), len(ACROSS)), (len(RELIEF_DOWN), len(RELIEF_ACROSS))


def made_up(number, seen, factor=0.0, fine=None):
    """A chest whose neck is darker and whose chest is lighter by `factor`, with a bit of noise."""
    rng = np.random.default_rng(number)
    pattern = np.where(DOWN < -0.1, -0.4, 0.3)[:, None, None] * np.ones((*SHAPE, 3))
    logs = 0.1 + factor * pattern + rng.normal(0, 0.02, (*SHAPE, 3))
    fine = np.zeros((*FINE, 3), np.float32) if fine is None else fine
    return Chest(str(number), np.float32(np.where(seen[..., None], logs, 0)), seen, fine, np.ones(FINE, bool))


def test_the_neck_tells_the_light_on_a_chest_that_was_never_seen_with_it():
    rng, everywhere = np.random.default_rng(0), np.ones(SHAPE, bool)
    neck = np.broadcast_to((DOWN < -0.1)[:, None], SHAPE)
    seen = [everywhere if number % 2 else neck for number in range(60)]
    chests = [made_up(number, part, rng.normal()) for number, part in enumerate(seen)]
    learnt = fit(chests, factors=1)
    known = Chests(**learnt, relief=np.zeros((*FINE, 3), np.float32), version="chest-9")
    for factor in (-1.2, 0.8):
        logs = made_up(99, everywhere, factor).logs
        guess = known.mean + known.basis @ known.factors(logs, neck)
        chest = np.ix_(DOWN > 0.2, np.abs(ACROSS) < 1)
        assert np.abs(guess[chest] - (0.1 + 0.3 * factor)).mean() < 0.08
    assert (learnt["noise"] * BELIEVED < 0.03).all()


def test_the_same_seed_learns_the_same():
    chests = [made_up(number, np.ones(SHAPE, bool), number % 3 - 1) for number in range(6)]
    first, again, other = fit(chests, seed=1), fit(chests, seed=1), fit(chests, seed=2)
    for name, part in first.items():
        np.testing.assert_array_equal(part, again[name])
    assert (first["basis"] != other["basis"]).any()


def collarbones(right, down):
    """Two light ridges with a hollow above each, moved by so many places."""
    x, y = np.meshgrid(RELIEF_ACROSS - 0.02 * right, RELIEF_DOWN - 0.02 * down)
    ridge = np.exp(-(((y + 0.05 + 0.1 * np.abs(x)) / 0.05) ** 2)) - np.exp(-(((y + 0.15) / 0.05) ** 2))
    light = 0.06 * ridge * ((np.abs(x) > 0.1) & (np.abs(x) < 0.6))
    return np.repeat(np.float32(light)[..., None], 3, axis=2)


def test_collarbones_in_different_places_are_aligned_before_they_are_averaged():
    rng = np.random.default_rng(0)
    moves = np.vstack([np.zeros((1, 2)), rng.integers(-7, 8, (15, 2))])
    chests = [made_up(n, np.ones(SHAPE, bool), fine=collarbones(*move)) for n, move in enumerate(moves)]
    found = luminance(mean_relief(chests))
    np.testing.assert_allclose(found, found[:, ::-1], atol=1e-6)
    whole = luminance(collarbones(0, 0))
    plain = luminance(np.mean([chest.fine for chest in chests], axis=0))
    where = np.ix_(np.abs(RELIEF_DOWN + 0.1) < 0.2, np.abs(RELIEF_ACROSS) < 0.7)
    # Which of them the others are aligned to is not said.
    moved = (np.roll(whole, down, axis=0)[where].ravel() for down in range(-7, 8))
    assert max(np.corrcoef(found[where].ravel(), other)[0, 1] for other in moved) > 0.8
    assert found[where].std() > 1.5 * plain[where].std()


def test_no_chests_no_collarbones():
    hidden = replace(made_up(0, np.ones(SHAPE, bool)), bare=np.zeros(FINE, bool))
    assert not mean_relief([hidden]).any()


@pytest.fixture
def bared(pose):
    """A photo of somebody whose face, neck and chest are bare, and that skin."""
    body = pose.segmentation > 0.5
    skin = body & (box(body.shape, 0.38, 0.24, 0.62, 0.4) | box(body.shape, 0, 0, 1, 0.17))
    skin |= box(body.shape, 0.46, 0.15, 0.54, 0.25)
    photo = np.where(skin[..., None], np.uint8(SKIN_COLOUR), np.uint8(WALL))
    chest = np.arange(len(body)) > middle(pose, SHOULDERS)[1] + 20
    photo[chest] = np.uint8(photo[chest] * 0.8)
    return photo, skin


def test_a_chest_is_seen_relative_to_its_face_and_by_its_skin_alone(pose, bared):
    chest = chest_of("0007", *bared, pose)
    assert chest.number == "0007"
    centre = int(np.abs(ACROSS).argmin())
    for down, expected in ((-0.3, 0.0), (1.0, np.log(0.8))):
        row = int(np.abs(DOWN - down).argmin())
        assert chest.seen[row, centre]
        np.testing.assert_allclose(chest.logs[row, centre], expected, atol=0.02)
    assert not chest.seen[:, np.abs(ACROSS) > 1.2].any()
    assert chest.bare.any()
    assert np.abs(chest.fine[chest.bare]).max() < 0.3
    mirrored = chest.mirrored()
    np.testing.assert_array_equal(mirrored.logs[:, 0], chest.logs[:, -1])
    np.testing.assert_array_equal(mirrored.mirrored().fine, chest.fine)


def test_covered_chests_and_hidden_faces_teach_nothing(pose, bared):
    photo, skin = bared
    head = box(skin.shape, 0, 0, 1, 0.21)
    assert chest_of("0007", photo, skin & head, pose) is None
    assert chest_of("0007", photo, skin & ~head, pose) is None
    assert chest_of("0007", photo, skin[1:], pose) is None


def test_large_photos_are_seen_as_small_ones_are(pose, bared, make_pose):
    photo, skin = bared
    size = photo.shape[1] * 3, photo.shape[0] * 3
    large = cv2.resize(photo, size), cv2.resize(np.uint8(skin), size) > 0
    small, big = chest_of("1", photo, skin, pose), chest_of("1", *large, make_pose(*size[::-1]))
    both = small.seen & big.seen
    assert both.sum() > 0.8 * small.seen.sum()
    assert np.abs(small.logs - big.logs)[both].mean() < 0.02


def people(folder, bared):
    """A data folder with two labelled photos of bare chests and one of nobody bare."""
    photo, skin = bared
    for part in ("photos", "labels"):
        (folder / "people" / part).mkdir(parents=True)
    (folder / "people" / "labels.json").write_text(json.dumps(["null", "skin", "necklace", "t-shirt"]))
    for number, bare in (("0001", skin), ("0003", dilate(skin, -1)), ("0004", skin & False)):
        cv2.imwrite(str(folder / "people" / "photos" / f"{number}.jpg"), photo[..., ::-1])
        cv2.imwrite(
            str(folder / "people" / "labels" / f"{number}.png"), np.where(bare, 1, 3).astype(np.uint8)
        )
    return folder


def train(folder):
    words = ["train", "chest", "--data", folder, "--output", folder / "out", "--cache", folder / "cache"]
    return main([str(word) for word in words])


def test_training_writes_weights_that_load_and_are_the_same_each_time(
    tmp_path, pose, bared, monkeypatch, capsys
):
    monkeypatch.setattr(chest_samples, "PoseEstimator", lambda: StubPoseEstimator(pose))
    people(tmp_path, bared)
    assert train(tmp_path) == 0
    assert capsys.readouterr().out.splitlines() == ["2 chests", str(tmp_path / "out" / "chest.safetensors")]
    first = (tmp_path / "out" / "chest.safetensors").read_bytes()
    assert Chests.load(tmp_path / "out").version == "chest-1"
    assert train(tmp_path) == 0
    assert (tmp_path / "out" / "chest.safetensors").read_bytes() == first


def test_without_a_bare_chest_there_is_nothing_to_learn(tmp_path, bared, monkeypatch, capsys):
    monkeypatch.setattr(chest_samples, "PoseEstimator", lambda: StubPoseEstimator())
    people(tmp_path, bared)
    assert train(tmp_path) == 1
    assert "shows no bare chest" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
