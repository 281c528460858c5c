import numpy as np
import pytest

from ml.armside import give_waist


def beside(edges, width=20):
    """An arm left of a trunk: bool (H, W) each. edges: in each row the last column of the arm, and whether
    the trunk touches it there.
    """
    places = np.arange(width)
    arm = np.array([places <= edge for edge, _ in edges])
    trunk = np.array([(places > edge) & touches for edge, touches in edges])
    return arm, trunk


CORNER = [(10, False), (10, True), (12, True), (11, True), (6, False), (5, False)]
"""Columns in which an arm ends that bulges before a bare waist."""


@pytest.mark.parametrize("way", [1, -1])
def test_before_a_bare_waist_an_arm_ends_along_a_line(way):
    parts = [part[:, ::way].copy() for part in beside(CORNER)]
    give_waist(*parts, most=3)
    arm, trunk = (part[:, ::way] for part in parts)
    assert arm.sum(axis=1).tolist() == [11, 10, 9, 8, 7, 6]
    assert trunk.sum(axis=1).tolist() == [0, 10, 11, 12, 0, 0]


def test_an_arm_that_ends_further_in_stays():
    arm, trunk = beside([(10, False), (4, True), (10, False)])
    give_waist(arm, trunk, most=3)
    assert arm.sum(axis=1).tolist() == [11, 5, 11]


@pytest.mark.parametrize(
    ("edges", "most"),
    [
        pytest.param(CORNER, 2, id="over a long way"),
        pytest.param(CORNER[1:], 9, id="from the top on"),
        pytest.param(CORNER[:4], 9, id="to the bottom"),
        pytest.param([(-1, False), *CORNER[1:]], 9, id="from where the arm begins"),
        pytest.param([(10, False), (-1, False)], 9, id="no trunk"),
        pytest.param([(-1, False), (-1, True)], 9, id="no arm"),
    ],
)
def test_what_has_no_end_to_go_by_stays(edges, most):
    arm, trunk = beside(edges)
    before = arm.copy(), trunk.copy()
    give_waist(arm, trunk, most)
    np.testing.assert_array_equal(arm, before[0])
    np.testing.assert_array_equal(trunk, before[1])
