"""The pipeline with stubs in the place of the trained networks."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ml.errors import Refusal
from ml.laying import UNSURE, fold_share, person_view
from ml.pipeline import TryOnPipeline
from ml.progress import STAGES
from ml.tps import TpsWarper
from ml.warpnet import Warp
from tests.ml.scenes import box, label
from tests.ml.stubs import (
    StubChests,
    StubFoldingWarper,
    StubPainter,
    StubParser,
    StubPoseEstimator,
    StubReader,
    StubSegmenter,
)


@pytest.fixture
def photo():
    blocks = np.random.default_rng(0).integers(60, 230, (64, 48, 3), np.uint8)
    return cv2.resize(blocks, (384, 512), interpolation=cv2.INTER_NEAREST)


@pytest.fixture
def shirt():
    picture = np.full((400, 300, 3), 255, np.uint8)
    picture[60:340, 70:230] = (30, 90, 200)
    return picture


@pytest.fixture
def pipeline(pose):
    return stubbed(pose)


def stubbed(*poses, parser=None, warper=None):
    pipeline = TryOnPipeline.load("cpu", "tps")
    vars(pipeline).update(
        _pose_estimator=StubPoseEstimator(*poses),
        _parser=parser or StubParser(),
        _segmenter=StubSegmenter(),
        _warper=warper or TpsWarper(),
        _painter=StubPainter(),
        _chests=StubChests(),
    )
    return pipeline


def test_warming_loads_what_the_first_picture_needs(monkeypatch):
    loaded = []
    networks = "Parser", "ClothSegmenter", "GarmentReader", "Warper", "Painter", "Chests"
    for name in ("PoseEstimator", *(f"{network}.load" for network in networks)):
        monkeypatch.setattr(f"ml.pipeline.{name}", lambda *_, name=name: loaded.append(name))
    TryOnPipeline.load("cpu").warm()
    assert sorted(loaded) == [
        "Chests.load",
        "ClothSegmenter.load",
        "GarmentReader.load",
        "Painter.load",
        "Parser.load",
        "PoseEstimator",
        "Warper.load",
    ]


def refused(function, *arguments):
    with pytest.raises(Refusal) as caught:
        function(*arguments)
    return caught.value.code


def test_the_whole_way(pipeline, photo, shirt):
    person, cloth = pipeline.analyse_person(photo), pipeline.analyse_cloth(shirt, "upper_body")
    result = pipeline.dress(person, cloth)
    assert result.image.shape == photo.shape
    assert result.image.dtype == np.uint8
    np.testing.assert_array_equal(result.image[~result.mask], photo[~result.mask])
    assert tuple(result.timings) == STAGES
    assert 0.3 <= result.confidence <= 1
    changed = np.median(result.image[200:230, 180:205], axis=(0, 1))
    assert changed.argmax() == 2


def test_stages_come_in_order_and_progress_never_falls(pipeline, photo, shirt):
    heard = []
    listen = lambda *stage: heard.append(stage)  # noqa: E731
    person = pipeline.analyse_person(photo, listen)
    pipeline.dress(person, pipeline.analyse_cloth(shirt, "upper_body", listen), listen)
    assert [stage for stage, _ in heard] == [*STAGES, "compose"]
    progress = [share for _, share in heard]
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)


def test_a_listener_can_stop_the_work(pipeline, photo):
    def stop(stage, progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.analyse_person(photo, stop)


def test_the_same_input_gives_the_same_picture(pipeline, photo, shirt):
    person, cloth = pipeline.analyse_person(photo), pipeline.analyse_cloth(shirt, "upper_body")
    np.testing.assert_array_equal(pipeline.dress(person, cloth).image, pipeline.dress(person, cloth).image)


def test_the_placement_is_kept_only_when_asked_for(pipeline, photo, shirt):
    person, cloth = pipeline.analyse_person(photo), pipeline.analyse_cloth(shirt, "upper_body")
    assert pipeline.dress(person, cloth).placement is None
    result = pipeline.dress(person, cloth, keep_placement=True)
    flow, alpha = result.placement.flow, result.placement.alpha
    assert flow.shape == (*photo.shape[:2], 2)
    assert alpha.dtype == np.float32
    assert not alpha[~result.mask].any()
    x, y = flow[alpha > 0.9].round().astype(int).T
    # Where the body is a little wider than the garment was laid, its texture goes on.
    assert cloth.mask[y, x].mean() > 0.9


def test_a_person_is_analysed_once_for_many_garments(pipeline, photo, shirt):
    person = pipeline.analyse_person(photo)
    for category in ("upper_body", "dresses", "lower_body"):
        pipeline.dress(person, pipeline.analyse_cloth(shirt, category))
    assert pipeline._pose_estimator.calls == 1


@pytest.mark.parametrize(("category", "skirt"), [("lower_body", 0), ("dresses", 0), ("upper_body", 1)])
def test_a_wide_skirt_says_nothing_about_what_is_worn_in_its_place(pose, photo, category, skirt):
    shape = pose.segmentation.shape
    worn = box(shape, 0.1, 0.58, 0.9, 0.8)
    in_skirt = replace(pose, segmentation=np.maximum(pose.segmentation, np.float32(worn)))
    person = stubbed(in_skirt).analyse_person(photo)
    labels = np.where(worn, label("lower"), person.parse.labels).astype(np.uint8)
    person = replace(person, parse=replace(person.parse, labels=labels))
    silhouette = person_view(person, category).silhouette
    places = np.array([(0.15, 0.7), (0.58, 0.7), (0.5, 0.4), (0.77, 0.51)]) * shape[::-1]
    columns, rows = person.frame_for(category).points_to_network(places).round().astype(int).T
    np.testing.assert_allclose(silhouette[rows, columns], [skirt, 1, 1, 1], atol=0.01)


def test_large_photos_are_reduced(pipeline, make_pose):
    large = np.random.default_rng(0).integers(0, 255, (3072, 2304, 3), np.uint8)
    person = stubbed(make_pose(2048, 1536)).analyse_person(large)
    assert person.reduced
    assert person.photo.shape == (2048, 1536, 3)


def test_photos_of_usual_size_are_not(pipeline, photo):
    person = pipeline.analyse_person(photo)
    assert not person.reduced
    assert person.photo is photo


@pytest.mark.parametrize("step", ["check_photo", "analyse_person"])
def test_an_empty_photo_is_refused(photo, step):
    assert refused(getattr(stubbed(), step), photo) == "no_person"


def test_small_photos_cost_no_pose(pipeline, photo):
    assert refused(pipeline.check_photo, photo[:200]) == "photo_too_small"
    assert pipeline._pose_estimator.calls == 0


def test_unknown_category(pipeline, shirt):
    assert refused(pipeline.analyse_cloth, shirt, "shoes") == "category_unsupported"


def test_a_mask_drawn_by_hand_is_believed(pipeline, shirt, monkeypatch):
    drawn = np.zeros(shirt.shape[:2], bool)
    drawn[100:200, 80:200] = True
    cloth = pipeline.analyse_cloth(shirt, "upper_body", mask=drawn)
    assert (cloth.mask == drawn).all()
    assert not (cloth.inside & ~drawn).any()

    def find_nothing(image):
        raise Refusal("cloth_not_found")

    monkeypatch.setattr(pipeline._segmenter, "masks", find_nothing)
    cloth = pipeline.analyse_cloth(shirt, "upper_body", mask=drawn)
    assert (cloth.mask == drawn).all()
    assert not cloth.inside.any()
    with pytest.raises(Refusal, match="cloth_not_found"):
        pipeline.analyse_cloth(shirt, "upper_body", mask=~drawn & drawn)


def test_a_half_body_takes_no_trousers(make_pose, photo, shirt):
    pipeline = stubbed(make_pose(scale=1.6, shift=(0, 0.43)))
    person = pipeline.analyse_person(photo)
    assert refused(pipeline.dress, person, pipeline.analyse_cloth(shirt, "lower_body")) == "person_cropped"


def test_a_parser_that_knows_nothing(pose, photo, shirt):
    pipeline = stubbed(pose, parser=StubParser(entropy=0.95))
    person, cloth = pipeline.analyse_person(photo), pipeline.analyse_cloth(shirt, "upper_body")
    assert refused(pipeline.dress, person, cloth) == "low_confidence"


def test_a_garment_turned_over(pose, photo, shirt):
    pipeline = stubbed(pose, warper=StubFoldingWarper())
    person, cloth = pipeline.analyse_person(photo), pipeline.analyse_cloth(shirt, "upper_body")
    assert refused(pipeline.dress, person, cloth) == "low_confidence"


@pytest.mark.parametrize(("pixels", "shown"), [(UNSURE / 2, True), (3 * UNSURE, False)])
def test_a_warp_whose_two_looks_differ_is_not_shown(pose, photo, shirt, pixels, shown):
    class StubUnsureWarper(TpsWarper):
        def warp(self, person, cloth):
            return replace(super().warp(person, cloth), disagreement=pixels)

    pipeline = stubbed(pose, warper=StubUnsureWarper())
    person, cloth = pipeline.analyse_person(photo), pipeline.analyse_cloth(shirt, "upper_body")
    if shown:
        sure = stubbed(pose).dress(person, cloth)
        assert pipeline.dress(person, cloth).confidence == pytest.approx(sure.confidence * np.exp(-0.5))
    else:
        assert refused(pipeline.dress, person, cloth) == "low_confidence"


def flat_warp(flip=False):
    y, x = np.mgrid[:256, :192].astype(np.float32)
    flow = np.stack([(191 - x if flip else x) / 192, y / 256], axis=-1)
    layout = np.zeros((4, 256, 192), np.float32)
    layout[1, 50:200, 40:150] = 1
    return Warp(flow, layout)


def test_a_garment_is_checked_by_picture_and_people(shirt, make_pose):
    def checked(*poses, category="upper_body"):
        pipeline = stubbed(*poses)
        vars(pipeline)["_reader"] = StubReader("pants")
        return pipeline.check_cloth(pipeline.analyse_cloth(shirt, category))

    assert checked().warnings == ("category_mismatch", "cloth_low_resolution")
    assert checked(category="lower_body").warnings == ("cloth_low_resolution",)
    # The stubbed estimator finds the same people in the mirror image, in another order of left and right. The
    # head of this one is beyond the picture.
    head = make_pose(400, 300)
    head.keypoints[:11] = (149.5, -60)
    head.keypoints[11:13, 0] = 149.5
    assert refused(checked, head) == "cloth_worn"
    assert checked(make_pose(400, 300, shift=(0.2, 0))).warnings == (
        "category_mismatch",
        "cloth_low_resolution",
    )


def test_the_category_can_be_guessed(pipeline, shirt):
    vars(pipeline)["_reader"] = StubReader("skirt")
    assert pipeline.guess_category(shirt) == {"upper_body": 0, "lower_body": 1, "dresses": 0}


def test_fold_share():
    assert fold_share(flat_warp()) == 0
    assert fold_share(flat_warp(flip=True)) == 1
    assert fold_share(replace(flat_warp(), layout=np.zeros((4, 256, 192), np.float32))) == 1


def test_the_version_names_all_networks(pipeline):
    assert pipeline.model_version == "stub, stub, tps, stub, stub"


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_garment_pictures_are_refused(pipeline, value):
    noise = np.random.default_rng(0).integers(-3, 4, (400, 300, 3))
    blank = (value + noise).clip(0, 255).astype(np.uint8)
    assert refused(pipeline.analyse_cloth, blank, "upper_body") == "cloth_not_found"
