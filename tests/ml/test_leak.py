import numpy as np
import pytest

from ml.colour import lab
from ml.labels import LABELS
from ml.leak import leak
from ml.morphology import dilate
from ml.scene import Scene, old_garment
from tests.ml.stubs import StubParser

RED, BLUE, SKIN, WALL = (200, 20, 30), (20, 40, 190), (220, 180, 150), (225, 228, 230)


def colour(value):
    return lab(np.array([value], np.uint8))


@pytest.fixture
def scene(pose):
    """The drawn person in a red top before a light wall."""
    labels = StubParser().parse(None, pose).labels
    photo = np.full((512, 384, 3), WALL, np.uint8)
    photo[labels == LABELS.index("skin")] = SKIN
    photo[labels == LABELS.index("upper")] = RED
    return Scene(photo, labels, pose)


@pytest.fixture
def mask(scene):
    return dilate(old_garment(scene, "upper_body"), 6)


def leaked(scene, image, mask, alpha=None, new=BLUE):
    alpha = np.zeros(mask.shape, np.float32) if alpha is None else alpha
    return leak(scene, "upper_body", colour(new), image, alpha, mask)


def test_the_unchanged_photo_leaks_all_of_the_old_garment(scene, mask):
    share = old_garment(scene, "upper_body").sum() / mask.sum()
    assert leaked(scene, scene.photo, mask) == pytest.approx(share)


def test_what_is_erased_does_not_leak(scene, mask):
    image = scene.photo.copy()
    image[mask] = SKIN
    assert leaked(scene, image, mask) == 0


def test_half_of_it_leaks_half(scene, mask):
    old = old_garment(scene, "upper_body")
    image = scene.photo.copy()
    image[:180][old[:180]] = SKIN
    assert leaked(scene, image, mask) == pytest.approx(old[180:].sum() / mask.sum())


def test_what_the_new_garment_covers_does_not_count(scene, mask):
    alpha = np.zeros(mask.shape, np.float32)
    alpha[:200] = 1
    expected = old_garment(scene, "upper_body")[200:].sum() / mask.sum()
    assert leaked(scene, scene.photo, mask, alpha) == pytest.approx(expected)


def test_a_red_that_was_not_there_before_is_no_leak(scene, mask):
    old = old_garment(scene, "upper_body")
    image = scene.photo.copy()
    image[mask & ~old] = RED
    image[old] = SKIN
    assert leaked(scene, image, mask) == 0


def test_old_garment_that_the_parser_missed_leaks_too(scene, mask):
    photo = scene.photo.copy()
    photo[mask] = RED
    assert leaked(Scene(photo, scene.labels, scene.pose), photo, mask) == 1


@pytest.mark.parametrize("new", [RED, (190, 30, 40)])
def test_a_garment_of_the_same_colour_cannot_tell(scene, mask, new):
    assert leaked(scene, scene.photo, mask, new=new) is None


@pytest.mark.parametrize("like", [SKIN, WALL])
def test_a_top_in_the_colour_of_skin_or_wall_cannot_tell(scene, mask, like):
    photo = scene.photo.copy()
    photo[old_garment(scene, "upper_body")] = like
    assert leaked(Scene(photo, scene.labels, scene.pose), photo, mask) is None


def test_no_old_garment_cannot_leak(scene, mask):
    bare = np.where(scene.labels > 0, 1, 0).astype(np.uint8)
    assert leaked(Scene(scene.photo, bare, scene.pose), scene.photo, mask) is None
