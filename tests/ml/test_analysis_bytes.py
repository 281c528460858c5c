"""Analyses as bytes: what comes back, and what is refused."""

import json
import pickle
import zlib
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load, save

from ml import analysis_bytes
from ml.analysis_bytes import (
    AnalysisBytesError,
    cloth_from_bytes,
    cloth_to_bytes,
    person_from_bytes,
    person_to_bytes,
)
from ml.pipeline import TryOnPipeline
from ml.tps import TpsWarper
from tests.ml.stubs import StubChests, StubPainter, StubParser, StubPoseEstimator, StubSegmenter


class FineParser(StubParser):
    """Probabilities of the parser's own size, each in doubt between a label and its neighbour."""

    def parse(self, image, pose):
        parse = super().parse(image, pose)
        fine = parse.probabilities.repeat(2, 1).repeat(2, 2)[:, :384, :288]
        soft = 0.8 * fine + 0.2 * np.roll(fine, 1, axis=0)
        return type(parse)(parse.labels, soft, parse.frame, np.zeros((384, 288), np.float32))


@pytest.fixture
def pipeline(pose):
    pipeline = TryOnPipeline.load("cpu", "tps")
    soft = type(pose)(pose.keypoints, pose.visibility, (pose.segmentation * 0.77).astype(np.float32))
    vars(pipeline).update(
        _pose_estimator=StubPoseEstimator(soft),
        _parser=FineParser(),
        _segmenter=StubSegmenter(),
        _warper=TpsWarper(),
        _painter=StubPainter(),
        _chests=StubChests(),
    )
    return pipeline


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(60, 230, (512, 384, 3), np.uint8)


@pytest.fixture
def shirt():
    picture = np.full((400, 300, 3), 255, np.uint8)
    picture[60:340, 70:230] = (30, 90, 200)
    return picture


@pytest.fixture
def person(pipeline, photo):
    return pipeline.analyse_person(photo)


def test_the_same_picture_comes_of_what_is_kept(pipeline, person, photo, shirt):
    cloth = pipeline.analyse_cloth(shirt, "upper_body")
    fresh = pipeline.dress(person, cloth)
    kept = pipeline.dress(person_from_bytes(person_to_bytes(person, "t"), photo, "t"), cloth)
    np.testing.assert_array_equal(kept.mask, fresh.mask)
    np.testing.assert_array_equal(kept.image, fresh.image)


def test_a_person_comes_back(person, photo):
    back = person_from_bytes(person_to_bytes(person, "t"), photo, "t")
    np.testing.assert_array_equal(back.photo, person.photo)
    np.testing.assert_array_equal(back.parse.labels, person.parse.labels)
    np.testing.assert_array_equal(back.parse.frame.matrix, person.parse.frame.matrix)
    for name in ("keypoints", "visibility", "segmentation"):
        np.testing.assert_array_equal(getattr(back.check.pose, name), getattr(person.check.pose, name))
    assert np.abs(back.parse.probabilities - person.parse.probabilities).mean() < 0.02
    assert back.parse.probabilities.shape == (9, 384, 288)
    np.testing.assert_allclose(back.parse.probabilities.sum(0), 1, atol=1e-5)
    assert 0 <= back.parse.entropy.min() <= back.parse.entropy.max() <= 1
    facts = [
        (found.check.brightness, found.check.sharpness, found.check.categories) for found in (back, person)
    ]
    assert facts[0] == facts[1]
    assert (back.reduced, back.timings) == (False, {})


def test_a_person_from_bytes_can_be_dressed(pipeline, person, photo, shirt):
    cloth = pipeline.analyse_cloth(shirt, "upper_body")
    back = person_from_bytes(person_to_bytes(person, "t"), photo, "t")
    result = pipeline.dress(back, cloth)
    np.testing.assert_array_equal(result.image[~result.mask], photo[~result.mask])
    assert result.mask.any()
    again = person_from_bytes(person_to_bytes(person, "t"), photo, "t")
    np.testing.assert_array_equal(pipeline.dress(again, cloth).image, result.image)


def test_a_garment_comes_back_exactly(pipeline, shirt):
    cloth = pipeline.analyse_cloth(shirt, "upper_body")
    cloth.inside[100:120, 100:120] = True
    back = cloth_from_bytes(cloth_to_bytes(cloth, "t"), shirt, "upper_body", "t")
    for name in ("image", "mask", "inside"):
        np.testing.assert_array_equal(getattr(back, name), getattr(cloth, name))
    np.testing.assert_array_equal(back.frame.matrix, cloth.frame.matrix)
    assert (back.category, back.timings, back.outer) == ("upper_body", {}, False)


def repacked(data, *, arrays=None, **about):
    """The same bytes with some arrays or some of the metadata changed."""
    plain = zlib.decompress(data)
    header = json.loads(plain[8 : 8 + int.from_bytes(plain[:8], "little")])
    return zlib.compress(save(load(plain) | (arrays or {}), header["__metadata__"] | about))


HARM = {
    "empty": lambda data: b"",
    "noise": lambda data: bytes(range(256)) * 20,
    "cut off": lambda data: data[:-20],
    # Of the checksum: elsewhere another bit may stand for the very same bytes.
    "one bit": lambda data: data[:-2] + bytes([data[-2] ^ 1]) + data[-1:],
    "pickle": lambda data: zlib.compress(pickle.dumps({"labels": [1]})),
    "older format": lambda data: repacked(data, format="0"),
    "other tag": lambda data: repacked(data, tag="another"),
    "no facts": lambda data: repacked(data, facts="{}"),
    "bomb": lambda data: zlib.compress(bytes(analysis_bytes.MOST_BYTES + 1)),
    "no number": lambda data: repacked(data, arrays={"keypoints": np.full((33, 2), np.nan, np.float32)}),
    "other type": lambda data: repacked(data, arrays={"labels": np.zeros((512, 384), np.int32)}),
    "unknown label": lambda data: repacked(data, arrays={"labels": np.full((512, 384), 9, np.uint8)}),
    "one array more": lambda data: repacked(data, arrays={"more": np.zeros(1)}),
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_bytes_that_are_not_believed(person, photo, harm):
    data = person_to_bytes(person, "t")
    assert person_from_bytes(data, photo, "t")
    with pytest.raises(AnalysisBytesError):
        person_from_bytes(harm(data), photo, "t")


def test_another_photo_is_refused(person, photo):
    with pytest.raises(AnalysisBytesError, match="shape"):
        person_from_bytes(person_to_bytes(person, "t"), photo[:-1], "t")


@pytest.mark.parametrize("collar", [-1, 400, 1.5, "25", None])
def test_a_collar_is_believed_within_its_picture_alone(pipeline, shirt, collar):
    cloth = replace(pipeline.analyse_cloth(shirt, "upper_body"), collar=25)
    assert cloth_from_bytes(cloth_to_bytes(cloth, "tag"), shirt, "upper_body", "tag").collar == 25
    with pytest.raises(AnalysisBytesError):
        cloth_from_bytes(cloth_to_bytes(replace(cloth, collar=collar), "tag"), shirt, "upper_body", "tag")


def test_a_garment_is_no_person_and_an_empty_mask_no_garment(pipeline, photo, shirt):
    cloth = pipeline.analyse_cloth(shirt, "upper_body")
    data = cloth_to_bytes(cloth, "t")
    with pytest.raises(AnalysisBytesError):
        person_from_bytes(data, photo, "t")
    for arrays in ({"mask": np.zeros_like(cloth.mask)}, {"inside": ~cloth.mask}):
        with pytest.raises(AnalysisBytesError, match="no garment"):
            cloth_from_bytes(repacked(data, arrays=arrays), shirt, "upper_body", "t")
