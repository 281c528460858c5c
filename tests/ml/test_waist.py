"""The line of a waist."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import HIPS, middle, shoulder_width
from ml.waist import HIDDEN, NEAR, SAG, dress_line, in_dress, old_waist, waist_of
from tests.ml.scenes import box, label


def curved(scene, depth, top=235, left=140, right=244):
    """Trousers whose waist hangs `depth` pixels lower in its middle than at its ends."""
    rows, columns = np.mgrid[: scene.labels.shape[0], : scene.labels.shape[1]]
    away = (columns - (left + right) / 2) / ((right - left) / 2)
    edge = top + depth * (1 - away**2)
    return (rows >= edge) & (rows < 470) & (columns >= left) & (columns <= right)


@pytest.fixture
def bare(scene):
    """The person with a bare waist, and no trousers."""
    labels = scene.labels.copy()
    labels[np.isin(labels, (label("upper"), label("lower")))] = 0
    return replace(scene, labels=labels)


def test_a_waist_is_found_as_the_curve_it_is(bare):
    waist = waist_of(bare, curved(bare, 8))
    assert waist.ends == (140, 244)
    assert waist.seen == (True, True)
    columns = np.arange(140, 245)
    expected = 235 + 8 * (1 - ((columns - 192) / 52) ** 2)
    np.testing.assert_allclose(waist.row(columns), expected, atol=1)
    assert not waist.hidden


def test_spurs_notches_and_other_parts_are_no_waist(bare):
    garment = curved(bare, 8)
    garment[200:240, 140:143] = True
    garment[235:255, 180:184] = False
    garment[140:150, 100:110] = True
    waist = waist_of(bare, garment)
    columns = np.arange(150, 240)
    np.testing.assert_allclose(waist.row(columns), 235 + 8 * (1 - ((columns - 192) / 52) ** 2), atol=1.5)


def test_beyond_its_ends_a_waist_goes_on_level(bare):
    waist = waist_of(bare, curved(bare, 8))
    np.testing.assert_array_equal(waist.row(np.array([0, 383])), waist.row(np.array([140, 244])))


def test_an_end_beside_an_arm_is_not_seen(bare):
    labels = bare.labels.copy()
    labels[:, 246:260] = label("skin")
    assert waist_of(replace(bare, labels=labels), curved(bare, 0)).seen == (True, False)


def test_an_end_is_seen_if_the_wall_is_beside_its_corner(bare):
    labels = bare.labels.copy()
    labels[238:, 246:260] = label("lower")
    assert waist_of(replace(bare, labels=labels), curved(bare, 0)).seen == (True, True)


def test_a_top_hides_a_waist_that_it_hangs_over(bare):
    labels = bare.labels.copy()
    labels[150:236, 120:264] = label("upper")
    assert waist_of(replace(bare, labels=labels), curved(bare, 0)).hidden
    labels[:, : round(140 + 104 * (1 - HIDDEN) + 12)] = 0
    assert not waist_of(replace(bare, labels=labels), curved(bare, 0)).hidden


def test_nothing_has_no_waist(bare):
    assert waist_of(bare, np.zeros(bare.labels.shape, bool)) is None
    assert old_waist(bare) is None


def test_what_comes_out_from_under_a_coat_is_no_waist(bare):
    hips = float(middle(bare.pose, HIPS)[1])
    for edge, known in ((hips - 20, True), (hips + 20, False)):
        labels = bare.labels.copy()
        labels[round(edge) : 470, 140:245] = label("lower")
        assert (old_waist(replace(bare, labels=labels)) is not None) == known


def test_a_dress_has_its_waist_where_the_body_has(bare):
    labels = bare.labels.copy()
    labels[box(labels.shape, 0.36, 0.24, 0.64, 0.8)] = label("dress")
    dressed = replace(bare, labels=labels)
    line, waist = dress_line(dressed), old_waist(dressed)
    assert in_dress(dressed)
    assert not in_dress(bare)
    ends = [round(end) for end in waist.ends]
    np.testing.assert_allclose(waist.row(np.arange(*ends)), line[ends[0] : ends[1]], atol=NEAR * len(labels))
    across = round(float(middle(bare.pose, HIPS)[0]))
    assert line[across] - line[0] == pytest.approx(SAG * shoulder_width(bare.pose), abs=0.1)
