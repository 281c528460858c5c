"""What drawn people wear as examples for the warp: with their wearers, kept, and never quite the same."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from ml.errors import Refusal
from ml.evaluation_warp import evaluate_worn
from ml.images import read_image
from ml.labels import LABELS
from ml.layout import GARMENT
from ml.pipeline import TryOnPipeline
from ml.tps import TpsWarper
from ml.training import people as training_people
from ml.training import warp
from ml.training.people import CLASS_NAMES, NOT_LEARNT, holdout_numbers
from ml.training.warp import batches
from ml.training.worn_samples import load_samples, save_samples, varied, worn_samples
from ml.twins.store import write_twins
from ml.twins.textures import TextureSource
from tests.ml.stubs import StubParser, StubPoseEstimator

HELD_OUT = min(holdout_numbers())
LEARNT = next(number for number in map("{:04}".format, range(1, 999)) if number not in holdout_numbers())
NAMES = [name for names in [*CLASS_NAMES.values(), NOT_LEARNT] for name in names.split()]


@pytest.fixture
def folder(tmp_path, files, people, pose, monkeypatch) -> Path:
    """One labelled photo that may be learnt from and one that may not, of one drawn person in a top."""
    monkeypatch.setattr(training_people, "PoseEstimator", lambda: StubPoseEstimator(pose))
    out = tmp_path / "people"
    for part in ("photos", "labels"):
        (out / part).mkdir(parents=True)
    (out / "labels.json").write_text(json.dumps(NAMES))
    image = read_image(files / "person.png")
    known = [NAMES.index(CLASS_NAMES[label].split()[0]) for label in LABELS]
    labels = np.array(known, np.uint8)[StubParser().parse(image, pose).labels]
    for number in (HELD_OUT, LEARNT):
        cv2.imwrite(str(out / "photos" / f"{number}.jpg"), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])
        cv2.imwrite(str(out / "labels" / f"{number}.png"), labels)
    return out


def collected(folder, analyse=None):
    analyse = analyse or TryOnPipeline.load().analyse_person
    return worn_samples(folder, folder.parent / "worn", folder.parent / "poses", analyse)


def equal(one, other):
    parts = [
        (getattr(a, name), getattr(b, name))
        for a, b in ((one, other), (one.person, other.person), (one.cloth, other.cloth))
        for name in vars(a)
    ]
    return all(np.array_equal(a, b) for a, b in parts if isinstance(a, np.ndarray))


def test_a_photo_that_is_held_out_is_never_learnt_from(folder):
    (sample,) = collected(folder)
    assert sample.cloth.category == "upper_body"
    assert (sample.layout == GARMENT).mean() > 0.02
    assert [path.stem for path in (folder.parent / "worn").iterdir()] == [LEARNT]


def test_the_warp_is_scored_on_the_photo_that_is_held_out(folder):
    (scored,) = evaluate_worn(TpsWarper(), folder.parent, folder.parent / "cache")
    assert scored.category == "upper_body"
    assert 0 < scored.mean_error < 40
    assert [path.stem for path in (folder.parent / "cache/worn-holdout").iterdir()] == [HELD_OUT]


def test_what_is_kept_is_not_made_again(folder):
    (first,) = collected(folder)

    def analyse(image):
        raise AssertionError("made again")

    (second,) = collected(folder, analyse)
    assert equal(first, second)


def test_a_photo_that_is_refused_is_asked_once(folder):
    asked = []

    def refuse(image):
        asked.append(image.shape)
        raise Refusal("no_person")

    assert collected(folder, refuse) == collected(folder, refuse) == []
    assert len(asked) == 1


def test_garments_of_one_photo_are_kept_together(folder, tmp_path):
    (sample,) = collected(folder)
    other = type(sample)(sample.person, type(sample.cloth)(sample.cloth.image, sample.cloth.mask, "dresses"),
                         sample.flow, sample.layout, sample.counted)  # fmt: skip
    save_samples(tmp_path / "both.npz", [sample, other])
    loaded = load_samples(tmp_path / "both.npz")
    assert [each.cloth.category for each in loaded] == ["dresses", "upper_body"]
    assert all(equal(each, sample) for each in loaded)


def test_a_silhouette_is_wider_or_narrower_each_time_but_not_where_skin_is(folder):
    (sample,) = collected(folder)
    rng = np.random.default_rng(0)
    seen = [varied(sample, rng) for _ in range(12)]
    areas = np.array([(each.person.silhouette > 0.5).sum() for each in seen])
    area = (sample.person.silhouette > 0.5).sum()
    share = (sample.person.silhouette[(sample.person.skin > 0.5) & sample.counted] > 0.4).mean()
    assert (areas < area).any()
    assert (areas > area).any()
    for each in seen:
        assert not each.person.silhouette[~each.counted].any()
        bare = (each.person.skin > 0.5) & each.counted
        assert (each.person.silhouette[bare] > 0.4).mean() >= share


def test_a_share_of_each_batch_is_real(folder, tmp_path, monkeypatch):
    (sample,) = collected(folder)
    store = write_twins(tmp_path / "twins", 3, 1)
    shown = []
    monkeypatch.setattr(warp, "varied", lambda one, rng: shown.append(one) or one)
    source = batches(store, TextureSource(), [sample], 4, np.random.default_rng(0))
    features, flow, _, _ = next(source)
    source.close()
    assert features.shape[0] == flow.shape[0] == 4
    assert shown[0] is sample
    np.testing.assert_array_equal(features[-1].numpy(), sample.features)
