import numpy as np
import pytest

from ml.anatomy import below_waist
from ml.morphology import dilate
from ml.scene import HEM, Scene, in_front, old_garment
from tests.ml.scenes import label


def test_a_reduced_scene_is_the_same_scene(scene):
    small = scene.reduced(4)
    assert small.photo.shape == (128, 96, 3)
    assert small.labels.shape == small.pose.segmentation.shape == (128, 96)
    np.testing.assert_allclose((small.pose.keypoints + 0.5) * 4 - 0.5, scene.pose.keypoints, atol=1e-3)
    assert small.of("upper").mean() == pytest.approx(scene.of("upper").mean(), rel=0.02)
    assert scene.reduced(0) is scene


def test_trousers_stay_under_a_new_top(scene):
    assert not (old_garment(scene, "upper_body") & scene.of("lower")).any()


def test_the_top_stays_before_new_trousers(scene):
    top = scene.of("upper")
    assert in_front(scene, "lower_body")[dilate(top, -HEM * len(top))].all()
    assert not in_front(scene, "upper_body")[scene.of("upper")].any()


@pytest.mark.parametrize(("category", "part"), [("upper_body", False), ("lower_body", True)])
def test_half_a_dress_stays(scene, category, part):
    labels = np.where(scene.of("upper", "lower"), label("dress"), scene.labels).astype(np.uint8)
    dressed = Scene(scene.photo, labels, scene.pose)
    np.testing.assert_array_equal(
        old_garment(dressed, category), dressed.of("dress") & (below_waist(scene.pose) == part)
    )


def test_a_dress_replaces_everything(scene):
    np.testing.assert_array_equal(old_garment(scene, "dresses"), scene.of("upper", "lower"))
