"""The gap between two legs in trousers."""

import numpy as np
import pytest

from ml.anatomy import KNEES, middle, shoulder_width
from ml.flatgarment import FlatGarment
from ml.inseam import STEADY, TOUCH, Legs, let_meet
from ml.layer import GarmentLayer
from ml.layout import BACKGROUND, GARMENT, LAYOUT
from ml.lowercut import between_legs
from ml.scene import Scene
from tests.ml.scenes import label

HEIGHT, WIDTH = 800, 600
WAIST, CROTCH, HEM, LEFT, MIDDLE, RIGHT = 380, 480, 760, 200, 300, 400


@pytest.fixture
def scene(make_pose):
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    return Scene(np.zeros((HEIGHT, WIDTH, 3), np.uint8), labels, make_pose(HEIGHT, WIDTH))


def trousers(gap):
    """Outline of trousers, float32 (H, W), whose gap is `gap`, (HEM - CROTCH,), pixels wide."""
    rows, places = np.arange(HEIGHT)[:, None], np.arange(WIDTH) + 0.5
    width = np.zeros((HEIGHT, 1))
    width[CROTCH:HEM, 0] = gap
    alpha = (rows >= WAIST) & (rows < HEM) & (places >= LEFT) & (places < RIGHT)
    return np.float32(alpha & (np.abs(places - MIDDLE) >= width / 2))


def laid(scene, alpha, picture=None, touching=HEIGHT):
    """Legs, layer, flow and layout of trousers `alpha`, with columns as colours, laid by the identity from
    a `picture` that shows the same, or another; from the row `touching` on each leg 20 pixels further in.
    """
    picture = alpha if picture is None else picture
    gap = np.float32(between_legs(picture > 0.5))
    garment = FlatGarment(np.zeros((*alpha.shape, 3), np.uint8), picture, picture, gap=gap)
    flow = np.stack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in alpha.shape[::-1])), axis=-1)
    flow[touching:, :MIDDLE, 0] -= 20
    flow[touching:, MIDDLE:, 0] += 20
    colour = np.repeat(np.float32(np.arange(WIDTH) * 255 / WIDTH)[None, :, None], HEIGHT, 0).repeat(3, 2)
    layout = np.eye(len(LAYOUT), dtype=np.float32)[np.where(alpha > 0.5, GARMENT, BACKGROUND)]
    layer = GarmentLayer(colour, alpha.copy(), alpha.copy())
    return Legs.of(scene, garment, alpha, flow), layer, flow, layout


def widths(alpha):
    """How wide the gap is in each row of it, (HEM - CROTCH,)."""
    return (1 - alpha[CROTCH:HEM, LEFT:RIGHT]).sum(axis=1)


def knees(scene):
    return round(float(middle(scene.pose, KNEES)[1])) - CROTCH


def test_an_arch_becomes_a_point_with_straight_sides(scene):
    """As wide as before from the knees on."""
    legs, layer, flow, layout = laid(scene, trousers(40))
    assert legs.rows == slice(CROTCH, HEM)
    let_meet(scene, legs, layer, flow, layout)
    down, bent = knees(scene), round(4 * STEADY * shoulder_width(scene.pose))
    new = widths(layer.alpha)
    np.testing.assert_allclose(new[: down - bent], 40 * (np.arange(down - bent) + 0.5) / down, atol=0.6)
    np.testing.assert_allclose(new[down + bent :], 40, atol=0.6)


def test_cloth_is_stretched_to_where_the_gap_was_and_outer_sides_stay(scene):
    legs, layer, flow, layout = laid(scene, trousers(40))
    before = layer.colour.copy()
    let_meet(scene, legs, layer, flow, layout)
    row = CROTCH + 10
    # Next to the seam is what was next to the gap.
    np.testing.assert_allclose(flow[row, MIDDLE + 2 : MIDDLE + 4, 0], MIDDLE + 20, atol=2)
    np.testing.assert_allclose(flow[row, MIDDLE - 4 : MIDDLE - 2, 0], MIDDLE - 20, atol=2)
    assert (np.diff(flow[row, MIDDLE + 1 : RIGHT, 0]) > 0.5).all()
    np.testing.assert_allclose(layer.colour[..., 0][row], flow[row, :, 0] * 255 / WIDTH, atol=3)
    np.testing.assert_array_equal(layer.colour[row, RIGHT - 20 : RIGHT], before[row, RIGHT - 20 : RIGHT])
    filled = np.s_[row, MIDDLE + 10]
    np.testing.assert_array_equal(layout[filled], np.eye(len(LAYOUT))[GARMENT])
    np.testing.assert_array_equal(layer.colour[:CROTCH], before[:CROTCH])


def test_a_gap_that_is_a_point_already_stays(scene):
    rows = np.arange(HEM - CROTCH)
    legs, layer, flow, layout = laid(scene, trousers(0.3 * rows))
    before = widths(layer.alpha)
    let_meet(scene, legs, layer, flow, layout)
    np.testing.assert_allclose(widths(layer.alpha), before, atol=2)


def test_knees_beyond_the_photo_are_told_by_how_the_gap_grows(scene):
    """The trousers end at the lower edge of the photo, half-way to the knees."""
    scene.pose.keypoints[list(KNEES), 1] = CROTCH + 2 * (HEM - CROTCH)
    rows = np.arange(HEM - CROTCH)
    legs, layer, flow, layout = laid(scene, trousers(20 + 0.1 * rows))
    let_meet(scene, legs, layer, flow, layout)
    goal = (20 + 0.1 * 2 * len(rows)) / (2 * len(rows)) * (rows + 0.5)
    np.testing.assert_allclose(widths(layer.alpha), goal, atol=1.5)


def test_legs_that_touch_further_down_keep_a_slit(scene):
    gap = np.where(np.arange(HEM - CROTCH) < 200, 40, 0)
    legs, layer, flow, layout = laid(scene, trousers(gap), trousers(40), CROTCH + 200)
    assert legs.rows == slice(CROTCH, HEM)
    let_meet(scene, legs, layer, flow, layout)
    np.testing.assert_allclose(widths(layer.alpha)[230:], TOUCH * HEIGHT, atol=1)
    assert layout[HEM - 10, MIDDLE][BACKGROUND] == 1


def test_a_shoe_between_two_legs_stays(scene):
    scene.labels[740:HEM, MIDDLE - 20 : MIDDLE + 20] = label("shoes")
    legs, layer, flow, layout = laid(scene, trousers(40))
    assert legs.rows == slice(CROTCH, 740)
    let_meet(scene, legs, layer, flow, layout)
    assert not layer.alpha[745:HEM, MIDDLE - 20 : MIDDLE + 20].any()


@pytest.mark.parametrize("gap", [0, np.where(np.arange(HEM - CROTCH) < 5, 40, 0)])
def test_what_does_not_part_has_no_legs(scene, gap):
    assert laid(scene, trousers(gap))[0] is None
