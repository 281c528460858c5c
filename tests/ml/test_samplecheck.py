"""What is measured in a sample, and how like pictures are told from unlike ones."""

import cv2
import numpy as np

from ml.anonymise import anonymise
from ml.evaluation_anonymise import photos_in, score_at, spread
from ml.mannequin import Head
from ml.samplecheck import difference_hash, measure
from tests.ml.test_anonymise import StubFaces, analysis


def far(first, second):
    return (int(first, 16) ^ int(second, 16)).bit_count()


def picture(seed):
    blocks = np.random.default_rng(seed).integers(0, 256, (16, 18, 3), np.uint8)
    return cv2.resize(blocks, (360, 320), interpolation=cv2.INTER_CUBIC)


def test_a_smaller_and_compressed_picture_has_nearly_the_same_hash():
    for seed in range(5):
        image = picture(seed)
        small = cv2.resize(image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
        _, coded = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 60])
        again = cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]
        assert far(difference_hash(image), difference_hash(again)) <= 4
        assert far(difference_hash(image), difference_hash(picture(seed + 100))) > 12


def test_the_hash_says_where_it_becomes_brighter():
    ramp = np.repeat(np.arange(0, 90, 10, np.uint8)[None], 8, axis=0)
    image = np.repeat(ramp[..., None], 3, axis=2)
    assert difference_hash(image) == "f" * 16
    assert difference_hash(image[:, ::-1]) == "0" * 16


def test_measures_are_numbers_and_coarse_groups(scene):
    person = analysis(scene)
    measured = measure(person, anonymise(person, StubFaces()))
    assert (measured["width"], measured["height"]) == (384, 512)
    assert measured["categories"] == ["upper_body", "lower_body"]
    assert measured["skin_tone"] == "light"
    assert measured["sleeve"] == "long"
    assert measured["size"] in ("slim", "middle", "broad")
    assert 0 < measured["sharpness"] <= 1
    assert 0 <= measured["hidden"] < 0.1


def test_photos_are_taken_from_all_over_a_folder(tmp_path):
    for name in ("b.png", "a.JPG", "c.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in photos_in(tmp_path)] == ["a.JPG", "b.png"]
    assert spread(list(range(10)), 4) == [0, 3, 6, 9]
    assert spread([1, 2], 5) == [1, 2]
    assert spread([], 5) == []


def test_the_score_is_that_of_the_surest_face_in_the_place_of_the_head(scene):
    head = Head.of(scene.pose)
    assert score_at(scene.photo, head, StubFaces(before=0.9)) == 0.9
    assert score_at(scene.photo, head, StubFaces(before=0.0)) == 0
