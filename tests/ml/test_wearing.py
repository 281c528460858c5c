"""What stays of a top under an open jacket, and what a dressed picture is taken to show."""

from dataclasses import replace

import numpy as np
import pytest

from ml.compose import compose, hole_for
from ml.generator import Painted
from ml.layer import GarmentLayer
from ml.layout import BACKGROUND, BODY, FRONT, GARMENT
from ml.scene import INDEX, Scene
from ml.uncovered import uncovered
from ml.wearing import open_front, worn_labels

CHEST = (200, 192)
PANELS = (slice(120, 280), slice(140, 165)), (slice(120, 280), slice(219, 244))
"""The two sides of an open jacket: between them 54 columns of the photo stay free."""
HEM_BELOW = (270, 192)


@pytest.fixture
def scene(pose):
    """A standing person in a top: a white shirt on grey, down to row 275."""
    labels = np.where(pose.segmentation > 0.5, INDEX["skin"], 0).astype(np.uint8)
    labels[120:275, 138:246] = INDEX["upper"]
    photo = np.full((*labels.shape, 3), 120, np.uint8)
    photo[labels == INDEX["skin"]] = (220, 170, 140)
    photo[labels == INDEX["upper"]] = 250
    return Scene(photo, labels, pose)


@pytest.fixture
def alpha(scene):
    layer = np.zeros(scene.labels.shape, np.float32)
    for panel in PANELS:
        layer[panel] = 1
    return layer


@pytest.fixture
def layout(scene, alpha):
    """A waistcoat where it is, else body where a person is, arms in front, else background."""
    shown = np.where(scene.labels > 0, BODY, BACKGROUND)
    shown[scene.regions["left_arm"] | scene.regions["right_arm"]] = FRONT
    shown[alpha > 0] = GARMENT
    return np.eye(4, dtype=np.float32)[shown]


def dressed(scene, alpha, layout):
    colour = np.full((*alpha.shape, 3), (20, 40, 90), np.float32)
    layer, mask = hole_for(scene, "upper_body", GarmentLayer(colour, alpha, alpha))
    guess = np.where(mask[..., None], uncovered(scene, "upper_body", layout), scene.photo)
    painted = Painted(guess, layer.alpha, np.ones_like(alpha))
    return compose(scene, "upper_body", layer, mask, painted)


def test_a_top_goes_under_another_top_and_stays_under_a_jacket(scene, alpha, layout):
    opened, expected = open_front(scene, alpha, layout)
    over, instead = dressed(opened, alpha, expected), dressed(scene, alpha, layout)
    assert over[CHEST].tolist() == [250, 250, 250]
    assert instead[CHEST].tolist() != [250, 250, 250]
    assert over[200, 145].argmax() == 2
    assert over[HEM_BELOW].tolist() == [250, 250, 250]


def test_the_front_stays_up_to_the_edge_of_the_jacket(scene, alpha, layout):
    opened, expected = open_front(scene, alpha, layout)
    over = dressed(opened, alpha, expected)
    assert (over[150:250, 172:212] > 225).all()


def test_what_would_stick_out_over_the_wall_is_erased(scene, alpha, layout):
    beside = (slice(230, 270), slice(259, 270))
    scene.labels[beside], scene.photo[beside] = INDEX["upper"], 250
    layout[beside] = np.eye(4)[BACKGROUND]
    opened, expected = open_front(scene, alpha, layout)
    assert (opened.labels[beside] == INDEX["upper"]).all()
    assert np.abs(dressed(opened, alpha, expected)[255, 265].astype(int) - 120).max() < 12


def test_an_old_sleeve_ends_where_no_new_one_hides_it(scene, alpha, layout):
    """A waistcoat leaves the sleeves of the top; a sleeve hides what is wider than it."""
    arm = (slice(135, 255), slice(262, 290))
    scene.labels[arm] = INDEX["upper"]
    layout[arm] = np.eye(4)[FRONT]
    waistcoat, _ = open_front(scene, alpha, layout)
    assert (waistcoat.labels[arm] == INDEX["lower"]).all()
    for part in (arm, scene.regions["left_arm"], scene.regions["right_arm"]):
        layout[part] = np.eye(4)[GARMENT]
    alpha[135:255, 262:276] = 1
    jacket, expected = open_front(scene, alpha, layout)
    outside = (slice(150, 180), slice(280, 286))
    assert (jacket.labels[outside] == INDEX["upper"]).all()
    assert (expected[outside] == np.eye(4)[BACKGROUND]).all()


def test_labels_name_the_new_garment_and_what_the_old_one_hid(scene, alpha, layout):
    alpha = np.zeros_like(alpha)
    alpha[120:220, 130:254] = 1
    layout[240:275, 130:150] = np.eye(4)[BACKGROUND]
    labels = worn_labels(scene, scene, "upper_body", alpha, layout, outer=False)
    assert labels[150, 192] == INDEX["upper"]
    assert labels[260, 140] == INDEX["background"]
    assert labels[260, 192] == INDEX["skin"]
    np.testing.assert_array_equal(labels[300:], scene.labels[300:])
    worn = scene.labels.copy()
    worn[280:400][worn[280:400] > 0] = INDEX["lower"]
    trousers = replace(scene, labels=worn)
    assert (
        worn_labels(trousers, trousers, "upper_body", alpha, layout, outer=False)[265, 192] == INDEX["lower"]
    )


def test_labels_keep_the_top_in_the_open_front(scene, alpha, layout):
    opened, expected = open_front(scene, alpha, layout)
    labels = worn_labels(scene, opened, "upper_body", alpha, expected, outer=True)
    assert labels[200, 145] == INDEX["outer"]
    assert labels[CHEST] == INDEX["upper"]


@pytest.mark.parametrize(("category", "label"), [("lower_body", "lower"), ("dresses", "dress")])
def test_labels_follow_the_category(scene, alpha, layout, category, label):
    alpha = np.zeros_like(alpha)
    alpha[290:400, 150:234] = 1
    assert worn_labels(scene, scene, category, alpha, layout, outer=False)[350, 192] == INDEX[label]
