"""Light of the old garment on the new one."""

from dataclasses import replace

import numpy as np
import pytest

from ml.folds import BRIGHTEST, DEEPEST, FADING, RIM, STRENGTH, fold_light
from ml.morphology import dilate
from tests.ml.scenes import box


def lit(scene, factors):
    """The scene with its photo under a light, (H, W) factors."""
    photo = (scene.photo * factors[..., None]).clip(0, 255)
    return replace(scene, photo=np.uint8(photo))


def deep(scene, name="upper"):
    """Pixels of the old garment so far from its rim that all of its light counts."""
    inner = dilate(scene.of(name), -(RIM + FADING + 0.02) * len(scene.labels))
    assert inner.any()
    return inner


def test_a_fold_of_the_old_garment_falls_on_the_new_one(scene):
    fold = box(scene.labels.shape, 0.45, 0.36, 0.55, 0.44)
    light, belief = fold_light(lit(scene, np.where(fold, 0.8, 1)), "upper_body")
    inner = deep(scene)
    core, beside = dilate(fold, -8) & inner, inner & ~dilate(fold, 16)
    assert core.any()
    assert np.median(light[core]) < 0.9
    assert np.median(light[beside]) == pytest.approx(1, abs=0.03)
    assert belief[inner].min() > 0.9


def test_even_cloth_casts_no_light_and_nothing_is_beside_it(scene):
    light, belief = fold_light(scene, "upper_body")
    np.testing.assert_allclose(light, 1, atol=0.03)
    assert not belief[~dilate(scene.of("upper"), 0.04 * len(light))].any()


def test_the_hem_of_the_old_garment_is_not_seen_again(scene):
    rim = scene.of("upper") & ~dilate(scene.of("upper"), -6)
    light, _ = fold_light(lit(scene, np.where(rim, 0.6, 1)), "upper_body")
    assert light.min() > 0.97


@pytest.mark.parametrize("kind", ["stripes", "colours"])
def test_a_pattern_is_no_light(scene, kind):
    rows = np.arange(len(scene.labels))[:, None, None] // 12 % 2 == 0
    change = {"stripes": (0.3, 0.3, 0.3), "colours": (0.4, 1, 4)}[kind]
    photo = np.where(rows & scene.of("upper")[..., None], scene.photo * np.array(change), scene.photo)
    light, belief = fold_light(replace(scene, photo=np.uint8(photo.clip(0, 255))), "upper_body")
    assert (light == 1).all()
    assert (belief == 0).all()


def test_old_trousers_lend_no_light(scene):
    pocket = box(scene.labels.shape, 0.45, 0.7, 0.55, 0.75)
    light, belief = fold_light(lit(scene, np.where(pocket, 0.8, 1)), "lower_body")
    assert (light == 1).all()
    assert not belief.any()


def test_light_has_its_limits(scene):
    fold = box(scene.labels.shape, 0.45, 0.36, 0.55, 0.38)
    light, _ = fold_light(lit(scene, np.where(fold, 0.02, 1)), "upper_body")
    assert light.min() >= np.exp(-STRENGTH * DEEPEST) - 1e-3
    assert light.max() <= np.exp(STRENGTH * BRIGHTEST) + 1e-3


def test_without_an_old_garment_there_is_no_light_of_it(scene):
    bare = replace(scene, labels=np.zeros_like(scene.labels))
    light, belief = fold_light(bare, "upper_body")
    assert (light == 1).all()
    assert not belief.any()
