"""How well bare chests are guessed, on a person whose chest is known."""

import json

import cv2
import numpy as np
import pytest
import torch

from ml import evaluation_chest as module
from ml.__main__ import main
from ml.chest import ACROSS, DOWN, RELIEF_ACROSS, RELIEF_DOWN, Chests
from ml.evaluation_chest import FABRIC, covered, errors
from ml.scene import Scene
from ml.weights import save_weights
from tests.ml.scenes import SKIN_COLOUR, WALL, box, label
from tests.ml.stubs import StubPoseEstimator

DARKER = 0.75


@pytest.fixture
def bare(pose):
    """A scene in which all of the body is bare, and darker from the shoulders on."""
    body = pose.segmentation > 0.5
    body |= box(body.shape, 0.44, 0.15, 0.56, 0.25)
    light = np.where(np.arange(len(body)) > 0.25 * len(body), DARKER, 1.0)[:, None, None]
    light = light * np.tile(np.linspace(0.9, 1.1, 16), body.shape[1] // 16)[:, None]
    photo = np.where(body[..., None], (light * SKIN_COLOUR).clip(0, 255), WALL).astype(np.uint8)
    return Scene(photo, np.where(body, label("skin"), 0).astype(np.uint8), pose), body


def chests():
    shape = (len(DOWN), len(ACROSS), 3)
    mean = np.zeros(shape, np.float32)
    mean[DOWN > 0] = np.log(DARKER)
    relief = np.zeros((len(RELIEF_DOWN), len(RELIEF_ACROSS), 3), np.float32)
    return Chests(mean, np.zeros((*shape, 1), np.float32), np.ones(shape, np.float32), relief, "chest-9")


def test_a_top_hides_the_chest_and_nothing_of_face_and_wall(bare):
    scene, skin = bare
    wearing, hidden = covered(scene, skin)
    assert (wearing.photo[hidden] == FABRIC).all()
    assert (wearing.labels[hidden] == label("upper")).all()
    assert hidden[150, 192]
    head = box(skin.shape, 0, 0, 1, 0.18)
    np.testing.assert_array_equal(wearing.photo[head], scene.photo[head])
    wall = scene.of("background")
    np.testing.assert_array_equal(wearing.photo[wall], scene.photo[wall])
    assert covered(scene, skin & head) is None


def test_who_knows_chests_errs_less(bare):
    without, knowing = errors(*bare, None), errors(*bare, chests())
    assert knowing[0] < 0.7 * without[0]
    assert knowing[1] < 0.5 * without[1]
    assert errors(bare[0], np.zeros_like(bare[1]), None) is None


def test_the_command_compares_on_held_out_photos(bare, tmp_path, monkeypatch, capsys):
    scene, skin = bare
    for part in ("photos", "labels"):
        (tmp_path / "people" / part).mkdir(parents=True)
    (tmp_path / "people" / "labels.json").write_text(json.dumps(["null", "skin"]))
    for number in ("0012", "0013"):
        cv2.imwrite(str(tmp_path / "people" / "photos" / f"{number}.jpg"), scene.photo[..., ::-1])
        cv2.imwrite(str(tmp_path / "people" / "labels" / f"{number}.png"), np.uint8(skin))
    parts = {name: torch.from_numpy(part) for name, part in vars(chests()).items() if name != "version"}
    save_weights(parts, {"version": "chest-9"}, tmp_path / "chest.safetensors")
    monkeypatch.setattr(module, "holdout_numbers", lambda: {"0012"})
    monkeypatch.setattr(module, "PoseEstimator", lambda: StubPoseEstimator(scene.pose))
    assert main(["evaluate-chest", "--data", str(tmp_path), "--weights", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 held-out photos, CIEDE2000"
    assert [line.split()[:2] for line in lines[1:4]] == [
        ["pixels", "without"],
        ["pixels", "with"],
        ["pixels", "difference"],
    ]
    assert float(lines[3].split()[2]) < 0
