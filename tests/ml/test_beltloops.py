"""Belt loops that stand off the waist of old trousers."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import shoulder_width
from ml.beltloops import WITHIN, without_loops
from ml.compose import hole_for
from ml.layer import GarmentLayer
from ml.scene import Scene
from tests.ml.scenes import JEANS, OLD, WALL, label

DARK = (30, 30, 34)
HEM, SIDE = 480, 504
"""Row in which the top ends and the trousers begin, and the column in which both do."""


@pytest.fixture
def worn(make_pose):
    """A person in a top and trousers with straight sides, without arms."""
    labels, photo = np.zeros((1024, 768), np.uint8), np.full((1024, 768, 3), WALL, np.uint8)
    for name, rows, colour in (("upper", slice(240, HEM), OLD), ("lower", slice(HEM, 940), JEANS)):
        labels[rows, 264:SIDE], photo[rows, 264:SIDE] = label(name), colour
    return Scene(photo, labels, make_pose(1024, 768))


def looped(scene, away=8, thick=3, high=30):
    """The photo with a loop in the wall, `away` pixels beside the trousers, and where it is."""
    loop, photo = np.zeros(scene.labels.shape, bool), scene.photo.copy()
    loop[HEM : HEM + high, SIDE + away : SIDE + away + thick] = True
    loop[HEM + high - 3 : HEM + high, SIDE : SIDE + away + thick] = True
    loop[HEM : HEM + 3, SIDE : SIDE + away + thick] = True
    photo[loop] = DARK
    return replace(scene, photo=photo), loop


def test_where_a_loop_stood_off_is_the_wall(worn):
    scene, loop = looped(worn)
    bare = without_loops(scene)
    assert bare.taken[HEM + 4 : HEM + 26, SIDE + 8 : SIDE + 11].all()
    np.testing.assert_allclose(bare.photo[bare.taken], np.full((bare.taken.sum(), 3), WALL), atol=1)
    assert (loop & bare.taken).sum() > 0.8 * loop.sum()
    changed = (bare.photo != scene.photo).any(axis=2)
    assert not (changed & ~bare.taken).any()
    assert not bare.taken[:, : SIDE - 1].any()
    assert (bare.labels[bare.taken] == 0).all()


def test_a_loop_that_was_taken_for_trousers_is_wall_and_so_is_what_is_seen_through_it(worn):
    scene, _ = looped(worn)
    labels = scene.labels.copy()
    labels[HEM : HEM + 30, SIDE : SIDE + 11] = label("lower")
    bare = without_loops(replace(scene, labels=labels))
    assert (bare.labels[HEM + 6 : HEM + 24, SIDE + 2 : SIDE + 11] == 0).all()
    assert (bare.labels[:, : SIDE - 1] == scene.labels[:, : SIDE - 1]).all()


def test_pixels_that_were_taken_out_of_a_photo_may_change(worn):
    bare = without_loops(looped(worn)[0])
    nothing = np.zeros(worn.labels.shape, np.float32)
    layer = GarmentLayer(np.float32(bare.photo), nothing, nothing)
    _, mask = hole_for(replace(bare, labels=np.zeros_like(bare.labels)), "upper_body", layer)
    np.testing.assert_array_equal(mask, bare.taken)


@pytest.mark.parametrize("thick", [0, 11])
def test_neither_bare_wall_nor_what_is_wide_is_a_loop(worn, thick):
    scene = looped(worn, away=1, thick=thick)[0] if thick else worn
    assert without_loops(scene) is scene


def test_what_goes_on_beyond_a_waist_is_no_loop(worn):
    """A door frame in the wall behind."""
    photo = worn.photo.copy()
    photo[:, SIDE + 8 : SIDE + 11] = DARK
    scene = replace(worn, photo=photo)
    assert without_loops(scene) is scene


def test_a_loop_before_an_arm_stays(worn):
    scene, _ = looped(worn)
    labels = scene.labels.copy()
    labels[:, SIDE:600] = label("skin")
    photo = scene.photo.copy()
    photo[(labels == label("skin")) & (photo == WALL).all(axis=2)] = (205, 160, 140)
    scene = replace(scene, labels=labels, photo=photo)
    assert without_loops(scene) is scene


def test_somebody_without_trousers_has_no_loops(worn):
    labels = np.where(worn.labels == label("lower"), label("skin"), worn.labels).astype(np.uint8)
    scene = replace(looped(worn)[0], labels=labels)
    assert without_loops(scene) is scene
    assert WITHIN * shoulder_width(scene.pose) > 1
