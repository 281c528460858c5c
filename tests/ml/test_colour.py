import numpy as np
import pytest

from ml.colour import ciede2000, lab, nearest_difference, palette, typology_angle

# From the test data of Sharma, Wu and Dalal (2005), table 1: hues that wrap, greys, large and small steps.
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "difference"), SHARMA)
def test_ciede2000_agrees_with_its_published_test_data(first, second, difference):
    first, second = np.array(first), np.array(second)
    assert ciede2000(first, second) == pytest.approx(difference, abs=1e-4)
    assert ciede2000(second, first) == pytest.approx(difference, abs=1e-4)


def test_lab_of_black_white_and_red():
    colours = lab(np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0]]], np.uint8))
    assert colours.shape == (1, 3, 3)
    np.testing.assert_allclose(colours[0], [(0, 0, 0), (100, 0, 0), (53.24, 80.09, 67.2)], atol=0.1)


def test_a_palette_has_the_main_colours_and_no_specks():
    pixels = np.float32([(50, 60, 40)] * 60 + [(80, 0, 0)] * 35 + [(20, -30, 10)] * 5)
    np.testing.assert_allclose(palette(pixels), [(50, 60, 40), (80, 0, 0)])


def test_a_palette_of_many_colours_is_their_median():
    pixels = np.float32([(x, 0, 0) for x in range(1, 100, 6)])
    np.testing.assert_allclose(palette(np.repeat(pixels, 3, axis=0)), palette(pixels))
    np.testing.assert_allclose(palette(np.float32([(x, 5 * x, 0) for x in range(0, 100, 7)])), [(49, 245, 0)])


def test_nothing_has_no_palette_and_is_far_from_all():
    assert palette(np.zeros((0, 3), np.float32)).shape == (0, 3)
    assert np.isinf(nearest_difference(np.zeros((2, 3)), np.zeros((0, 3)))).all()


def test_the_nearest_of_several_colours():
    others = np.array([(50, 0, 0), (80, 0, 0)])
    near = nearest_difference(np.array([(50.0, 0, 0), (80, 0, 0)]), others)
    np.testing.assert_allclose(near, 0)


def test_typology_angle():
    assert typology_angle(np.array([70, 12, 20])) == pytest.approx(45)
    assert typology_angle(np.array([30, 12, 20])) == pytest.approx(-45)


def test_no_colours_are_no_colours():
    assert lab(np.zeros((0, 3), np.uint8)).shape == (0, 3)
