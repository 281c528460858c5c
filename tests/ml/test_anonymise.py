"""Nothing of a face, of hair or of the surroundings has a part in an anonymised picture."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.analysis import PersonAnalysis
from ml.anonymise import anonymise, faces_around, is_at, make_plan, paint, remaining_faces
from ml.crops import PersonFrame
from ml.errors import Refusal
from ml.faces import Face, FaceDetector
from ml.images import read_image
from ml.labels import LABELS, PARSER_SIZE, ParseResult
from ml.mannequin import Head, draw_head, draw_wall
from ml.morphology import dilate
from ml.photocheck import PhotoCheck
from ml.pipeline import TryOnPipeline
from ml.posebundle import FACE_DETECTOR
from ml.scene import Scene
from tests.ml.scenes import label

SHOPPERS = sorted((Path(__file__).parents[2] / "shop" / "sample" / "shoppers").glob("*.jpg"))


class StubFaces:
    """Sees a face as large as what it is shown: of score `before` in the three views of the photo, of `after`
    in whatever comes then."""

    def __init__(self, before=0.95, after=0.0):
        self.before, self.after, self.asked = before, after, 0

    def detect(self, image):
        self.asked += 1
        score = self.before if self.asked <= 3 else self.after
        height, width = image.shape[:2]
        return [Face(np.float32([0, 0, width, height]), score)] if score else []


def analysis(scene: Scene) -> PersonAnalysis:
    shares = np.full((len(LABELS), *PARSER_SIZE), 1 / len(LABELS), np.float32)
    parse = ParseResult(scene.labels, shares, PersonFrame(np.eye(2, 3)), np.ones(PARSER_SIZE, np.float32))
    check = PhotoCheck(scene.pose, 0.5, 0.5, ("upper_body",))
    return PersonAnalysis(scene.photo, False, check, parse, {})


def refusal(scene: Scene, faces) -> str:
    with pytest.raises(Refusal) as refused:
        anonymise(analysis(scene), faces)
    return refused.value.code


def scribbled(photo, where, seed):
    """The photo with anything at all in the place `where`."""
    noise = np.random.default_rng(seed).integers(0, 256, photo.shape, np.uint8)
    return np.where(where[..., None], noise, photo)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_outside_the_core_has_no_part_in_the_picture(scene, seed):
    plan = make_plan(analysis(scene))
    image = paint(scene.photo, plan)
    assert np.array_equal(paint(scribbled(scene.photo, ~plan.core, seed), plan), image)
    assert np.array_equal(image[plan.core], scene.photo[plan.core])


def test_face_hair_background_and_bag_are_outside_the_core(scene):
    labels = scene.labels.copy()
    labels[300:360, 100:140] = label("bag")
    scene = replace(scene, labels=labels)
    core = make_plan(analysis(scene)).core
    assert scene.regions["face"].sum() > 500
    for gone in (scene.regions["face"], scene.of("hair"), scene.of("background"), scene.of("bag")):
        assert gone.any()
        assert not (core & gone).any()
    assert core[scene.of("upper", "lower") & dilate(scene.pose.segmentation > 0.5, -6)].mean() > 0.95


def test_what_may_be_hair_is_outside_the_core(scene):
    person = analysis(scene)
    shares = person.parse.probabilities.copy()
    shares[label("hair")] = 0.21
    doubtful = replace(person, parse=replace(person.parse, probabilities=shares))
    framed = np.s_[:250, :186]
    assert not make_plan(doubtful).core[framed].any()
    assert make_plan(person).core[framed].any()


def test_the_face_gives_its_tone_and_nothing_else(scene):
    face = scene.regions["face"]
    darker = np.where(face[..., None], (90, 60, 50), scene.photo).astype(np.uint8)
    plan, other = make_plan(analysis(scene)), make_plan(analysis(replace(scene, photo=darker)))
    assert other.tone.tolist() == [90, 60, 50]
    assert np.array_equal(other.core, plan.core)
    assert np.array_equal(other.body, plan.body)
    assert np.array_equal(paint(darker, replace(other, tone=plan.tone)), paint(scene.photo, plan))


def test_the_accepted_picture_is_body_before_a_studio_wall(scene):
    result = anonymise(analysis(scene), StubFaces())
    wall = draw_wall(scene.labels.shape).round().astype(np.uint8)
    corners = np.ix_([0, 0, -1, -1], [0, -1, 0, -1])
    assert np.array_equal(result.image[corners], wall[corners])
    assert result.image.dtype == np.uint8
    assert np.array_equal(result.image[result.core], scene.photo[result.core])
    assert 0 <= result.hidden < 0.1


def test_a_face_that_pose_detector_or_parser_miss_is_refused(scene):
    assert refusal(scene, StubFaces(before=0.0)) == "face_not_found"
    assert refusal(scene, StubFaces(before=0.79)) == "face_not_found"
    unseen = scene.pose.visibility.copy()
    unseen[9] = 0.5
    assert (
        refusal(replace(scene, pose=replace(scene.pose, visibility=unseen)), StubFaces()) == "face_not_found"
    )
    labels = np.where(scene.labels == label("skin"), label("upper"), scene.labels).astype(np.uint8)
    assert refusal(replace(scene, labels=labels), StubFaces()) == "face_not_found"


def test_a_head_at_the_edge_of_the_photo_is_refused(scene):
    moved = replace(scene.pose, keypoints=scene.pose.keypoints - np.float32([0, 60]))
    assert refusal(replace(scene, pose=moved), StubFaces()) == "face_not_found"


def test_a_hand_before_the_face_is_refused(scene):
    points = scene.pose.keypoints.copy()
    points[15] = points[0]
    assert refusal(replace(scene, pose=replace(scene.pose, keypoints=points)), StubFaces()) == "face_covered"


def test_a_body_behind_a_bag_is_refused(scene):
    labels = scene.labels.copy()
    labels[150:270, 140:245] = label("bag")
    assert refusal(replace(scene, labels=labels), StubFaces()) == "body_covered"


def test_a_face_that_is_found_afterwards_is_refused(scene):
    assert refusal(scene, StubFaces(after=0.5)) == "face_remains"
    anonymise(analysis(scene), StubFaces(after=0.49))


def test_a_bystander_and_a_shadow_go(scene):
    labels = scene.labels.copy()
    labels[430:470, 5:30] = label("lower")
    scene = replace(scene, labels=labels)
    assert not make_plan(analysis(scene)).body[420:480, :40].any()


def test_a_drawn_head_is_of_the_tone_within_its_outline(pose):
    head, tone = Head.of(pose), np.array([200.0, 150.0, 120.0])
    colour, alpha = draw_head(head, tone, pose.segmentation.shape)
    across, down = head.places(pose.segmentation.shape)
    assert (alpha[np.hypot(across, down) > 1.25] == 0).all()
    assert (alpha[(np.abs(across) < 0.5) & (np.abs(down) < 0.5)] == 1).all()
    shares = colour[alpha > 0] / tone
    assert np.ptp(shares, axis=1).max() < 1e-5
    assert 0.7 < shares.min() < shares.max() < 1.1


@pytest.mark.slow
@pytest.mark.skipif(not FACE_DETECTOR.is_file(), reason="NO FACE DETECTOR: run `python -m ml.posebundle`")
def test_the_face_of_a_sample_shopper_is_found_before_and_not_after():
    pipeline, faces = TryOnPipeline.load("cpu"), FaceDetector()
    for path in SHOPPERS[:2]:
        person = pipeline.analyse_person(read_image(path))
        head = Head.of(person.check.pose)
        before = [face for face in faces_around(person.photo, head, faces) if is_at(face, head)]
        assert before[0].score > 0.9
        result = anonymise(person, faces)
        assert remaining_faces(result.image, result.core, head, faces) == []
        assert np.array_equal(result.image[result.core], person.photo[result.core])
        assert result.core.mean() > 0.1


def test_a_missing_detector_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"python -m ml\.posebundle"):
        FaceDetector(tmp_path / "absent.tflite")
