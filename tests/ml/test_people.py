"""Photos without labels: the shipped parser labels them, once, and only where one person is found."""

import cv2
import numpy as np
import pytest

from ml.labels import LABELS
from ml.training import people as module
from ml.training.people import label_rest, load_rest
from tests.ml.stubs import StubParser, StubPoseEstimator


@pytest.fixture
def people(tmp_path, pose):
    """A folder with one labelled and two unlabelled photos."""
    folder = tmp_path / "people"
    for part in ("photos", "labels"):
        (folder / part).mkdir(parents=True)
    photo = np.full((*pose.segmentation.shape, 3), 90, np.uint8)
    for number in ("0001", "0002", "0003"):
        cv2.imwrite(str(folder / "photos" / f"{number}.jpg"), photo)
    cv2.imwrite(str(folder / "labels" / "0001.png"), photo[..., 0])
    return folder


def stub_networks(monkeypatch, estimator):
    monkeypatch.setattr(module, "PoseEstimator", lambda: estimator)
    monkeypatch.setattr(module.Parser, "load", lambda: StubParser())
    monkeypatch.setattr(module, "refine_labels", lambda photo, parse: parse.labels)


def test_photos_without_labels_are_labelled_once(people, tmp_path, pose, monkeypatch):
    estimator = StubPoseEstimator(pose)
    stub_networks(monkeypatch, estimator)
    loaded = load_rest(people, tmp_path / "cache")
    assert len(loaded) == 2
    for person in loaded:
        assert set(np.unique(person.labels)) == {0, 1, LABELS.index("upper")}
        np.testing.assert_allclose(person.joints, pose.joints()[0], atol=1e-4)
        np.testing.assert_array_equal(person.silhouette > 127, pose.segmentation > 0.5)
    assert label_rest(people, tmp_path / "cache") == ["0002", "0003"]
    assert estimator.calls == 2


@pytest.mark.parametrize("count", [0, 2])
def test_nobody_or_several_are_left_out_and_not_looked_at_again(people, tmp_path, pose, monkeypatch, count):
    estimator = StubPoseEstimator(*[pose] * count)
    stub_networks(monkeypatch, estimator)
    for _ in range(2):
        assert label_rest(people, tmp_path / "cache") == []
    assert estimator.calls == 2
