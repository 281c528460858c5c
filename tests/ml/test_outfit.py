"""Several garments on one person, with stubs in the place of the trained networks."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ml.errors import Refusal
from ml.labels import LABELS
from ml.outfit import LAYERS, dress_outfit, layer_of, put_on_order
from ml.pipeline import TryOnPipeline
from ml.tps import TpsWarper
from tests.ml.stubs import StubParser, StubPoseEstimator, StubSegmenter

COLOURS = {
    "upper_body": (30, 90, 200),
    "lower_body": (40, 160, 60),
    "dresses": (150, 30, 160),
    "outer": (90, 60, 20),
}


@pytest.fixture
def pipeline(pose):
    pipeline = TryOnPipeline.load("cpu", "tps")
    vars(pipeline).update(
        _pose_estimator=StubPoseEstimator(pose),
        _parser=StubParser(),
        _segmenter=StubSegmenter(),
        _warper=TpsWarper(),
    )
    return pipeline


@pytest.fixture
def person(pipeline):
    blocks = np.random.default_rng(0).integers(60, 230, (64, 48, 3), np.uint8)
    return pipeline.analyse_person(cv2.resize(blocks, (384, 512), interpolation=cv2.INTER_NEAREST))


@pytest.fixture
def pieces(pipeline):
    """One plain garment of each layer."""
    found = {}
    for layer, colour in COLOURS.items():
        picture = np.full((400, 300, 3), 255, np.uint8)
        picture[60:340, 70:230] = colour
        cloth = pipeline.analyse_cloth(picture, "upper_body" if layer == "outer" else layer)
        found[layer] = replace(cloth, outer=layer == "outer")
    return found


def test_one_garment_is_what_it_always_was(pipeline, person, pieces):
    alone, outfit = (
        pipeline.dress(person, pieces["upper_body"]),
        dress_outfit(pipeline, person, [pieces["upper_body"]]),
    )
    np.testing.assert_array_equal(outfit.image, alone.image)
    np.testing.assert_array_equal(outfit.mask, alone.mask)
    assert (outfit.confidence, list(outfit.timings)) == (alone.confidence, list(alone.timings))


def test_an_outfit_changes_nothing_outside_the_union_of_its_masks(pipeline, person, pieces):
    top, trousers = pieces["upper_body"], pieces["lower_body"]
    first = pipeline.dress(person, trousers)
    result = dress_outfit(pipeline, person, [trousers, top])
    np.testing.assert_array_equal(result.image[~result.mask], person.photo[~result.mask])
    assert (result.mask >= first.mask).all()
    assert result.mask.sum() > first.mask.sum()
    assert np.median(result.image[200:230, 180:205], axis=(0, 1)).argmax() == 2
    assert np.median(result.image[330:360, 165:180], axis=(0, 1)).argmax() == 1
    shown = {LABELS[index] for index in np.unique(result.labels)}
    assert {"upper", "lower"} <= shown


def test_the_order_of_asking_does_not_matter_and_the_person_is_analysed_once(pipeline, person, pieces):
    outfit = [pieces["outer"], pieces["upper_body"], pieces["lower_body"]]
    first, second = (dress_outfit(pipeline, person, order) for order in (outfit, outfit[::-1]))
    np.testing.assert_array_equal(first.image, second.image)
    assert pipeline._pose_estimator.calls == 1
    assert first.timings["pose"] == person.timings["pose"]


def test_progress_of_an_outfit_never_falls(pipeline, person, pieces):
    heard = []
    outfit = [pieces["upper_body"], pieces["lower_body"]]
    dress_outfit(pipeline, person, outfit, lambda *stage: heard.append(stage))
    shares = [share for _, share in heard]
    assert [stage for stage, _ in heard] == ["warp", "compose", "compose"] * 2
    assert shares == sorted(shares)
    assert (shares[0], shares[3], shares[-1]) == pytest.approx((0.55, 0.775, 1.0))


def test_garments_are_sorted_from_below_to_above(pieces):
    for outfit in (["upper_body", "outer", "lower_body"], ["outer", "dresses"]):
        ordered = put_on_order([pieces[layer] for layer in outfit])
        assert [layer_of(cloth) for cloth in ordered] == sorted(outfit, key=LAYERS.index)


@pytest.mark.parametrize(
    "outfit",
    [["upper_body", "upper_body"], ["outer", "outer"], ["dresses", "upper_body"], ["dresses", "lower_body"]],
    ids="+".join,
)
def test_what_cannot_be_worn_together_is_refused(pipeline, person, pieces, outfit):
    with pytest.raises(Refusal, match="outfit_conflict"):
        dress_outfit(pipeline, person, [pieces[layer] for layer in outfit])
