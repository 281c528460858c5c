"""Labels drawn to the edges that a photo shows."""

import numpy as np
import pytest

from ml.edges import BAND, drawn_to_edges
from tests.ml.scenes import label

HEIGHT = 500
TAN, BLACK, WHITE, BLUE = (205, 160, 140), (25, 20, 20), (240, 240, 240), (60, 80, 150)


def beside(name, colour, cloth, edge, said):
    """Skin or hair at the left of trousers, its edge at column `edge`, and at `said` as it was labelled."""
    photo = np.full((HEIGHT, 300, 3), cloth, np.uint8)
    photo[:, :edge] = colour
    photo = (photo + np.random.default_rng(0).integers(-3, 4, photo.shape)).clip(0, 255).astype(np.uint8)
    labels = np.full((HEIGHT, 300), label("lower"), np.uint8)
    labels[:, :said] = label(name)
    return photo, labels


@pytest.mark.parametrize("miss", [-3, 3])
@pytest.mark.parametrize(("name", "colour"), [("skin", TAN), ("hair", BLACK)])
@pytest.mark.parametrize("cloth", [WHITE, BLUE])
def test_an_edge_is_where_the_colours_change(name, colour, cloth, miss):
    photo, labels = beside(name, colour, cloth, 150, 150 + miss)
    drawn = drawn_to_edges(photo, labels)
    assert (drawn[:, :149] == label(name)).all()
    assert (drawn[:, 151:] == label("lower")).all()


def test_a_change_further_away_is_none_of_the_edge():
    far = round(3 * BAND * HEIGHT)
    photo, labels = beside("skin", TAN, BLUE, 150 + far, 150)
    drawn = drawn_to_edges(photo, labels)
    assert (drawn[:, 150 + far - 2 :] == label("lower")).all()
    assert (drawn[:, :150] == label("skin")).all()


def test_wall_between_a_hand_and_a_skirt_is_neither():
    photo, labels = beside("skin", TAN, BLUE, 150, 150)
    photo[:, 150:153] = 250
    np.testing.assert_array_equal(drawn_to_edges(photo, labels)[:, 150:153], labels[:, 150:153])


def test_cloth_in_the_colour_of_skin_stays_as_it_was_labelled():
    photo, labels = beside("skin", TAN, TAN, 150, 147)
    np.testing.assert_array_equal(drawn_to_edges(photo, labels), labels)


def test_what_touches_no_clothing_stays():
    labels = np.zeros((HEIGHT, 300), np.uint8)
    labels[:, :150] = label("skin")
    photo = np.random.default_rng(0).integers(0, 255, (HEIGHT, 300, 3)).astype(np.uint8)
    np.testing.assert_array_equal(drawn_to_edges(photo, labels), labels)
