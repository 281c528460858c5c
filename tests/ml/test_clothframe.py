"""The garment frame and the way from flow to the garment's photo."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.clothframe import ClothFrame
from ml.crops import NETWORK_SIZE


def mask_of(left: int, top: int, right: int, bottom: int, size: tuple[int, int] = (400, 300)) -> np.ndarray:
    mask = np.zeros(size, bool)
    mask[top : bottom + 1, left : right + 1] = True
    return mask


def test_the_mask_is_centred_and_fits() -> None:
    frame = ClothFrame.of_cloth(mask_of(100, 50, 199, 349))
    corners = frame.points_to_network(np.array([[100, 50], [199, 349]]))
    assert corners.mean(0) == pytest.approx([(NETWORK_SIZE[1] - 1) / 2, (NETWORK_SIZE[0] - 1) / 2], abs=1e-4)
    assert corners[0, 1] == pytest.approx(255 - corners[1, 1], abs=1e-3)
    assert 5 < corners[0, 1] < 15


def test_an_empty_mask_has_no_frame() -> None:
    with pytest.raises(ValueError, match="empty"):
        ClothFrame.of_cloth(np.zeros((10, 10), bool))


@given(
    st.tuples(st.integers(0, 140), st.integers(0, 190)),
    st.tuples(st.integers(8, 150), st.integers(8, 200)),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_flow_leads_back_to_the_photo(
    corner: tuple[int, int], size: tuple[int, int], place: tuple[float, float]
) -> None:
    frame = ClothFrame.of_cloth(mask_of(*corner, corner[0] + size[0], corner[1] + size[1]))
    point = np.array(corner) + np.array(size) * place
    flow = (frame.points_to_network(point) + 0.5) / np.array(NETWORK_SIZE[::-1])
    assert ((flow > 0) & (flow < 1)).all()
    assert frame.flow_to_photo(flow) == pytest.approx(point, abs=0.01)


def test_the_corners_of_the_frame_are_outer_corners() -> None:
    frame = ClothFrame.of_cloth(mask_of(0, 0, 191, 255, (256, 192)))
    first, last = frame.flow_to_photo(np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert frame.points_to_network(first) == pytest.approx([-0.5, -0.5], abs=1e-3)
    assert frame.points_to_network(last) == pytest.approx([191.5, 255.5], abs=1e-3)


@given(st.floats(-3.1, 3.1), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_garment_that_lies_turned_is_upright_in_its_frame(turn: float, place: tuple[float, float]) -> None:
    """A rectangle turned about its middle, clockwise as one sees it: x right, y down."""
    size, middle = np.array([60, 100]), np.array([150, 200])
    clockwise = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size / 2) @ clockwise.T + middle
    mask = cv2.fillConvexPoly(np.zeros((400, 300), np.uint8), corners.round().astype(np.int32), 1) > 0
    frame = ClothFrame.of_cloth(mask, turn)
    seen = frame.points_to_network(corners)
    assert np.ptp(seen[:, 0]) / np.ptp(seen[:, 1]) == pytest.approx(0.6, abs=0.03)
    assert seen[0] == pytest.approx(seen.min(0), abs=3)
    assert seen[2] == pytest.approx(seen.max(0), abs=3)
    inside = frame.to_network(mask.astype(np.float32), fill=0) > 0.5
    assert inside.sum() == pytest.approx(float(np.prod(np.ptp(seen, axis=0))), rel=0.06)
    point = corners[0] + np.array(place) * (corners[2] - corners[0])
    assert frame.points_to_photo(frame.points_to_network(point)) == pytest.approx(point, abs=0.01)
    normal = (frame.points_to_network(point) + 0.5) / np.array(NETWORK_SIZE[::-1])
    assert frame.flow_to_photo(normal) == pytest.approx(point, abs=0.01)


def test_an_upright_garment_has_the_frame_it_always_had() -> None:
    mask = mask_of(100, 50, 199, 349)
    assert np.array_equal(ClothFrame.of_cloth(mask, 0.0).matrix, ClothFrame.of_cloth(mask).matrix)
    nearly = ClothFrame.of_cloth(mask, 1e-9)
    assert nearly.matrix == pytest.approx(ClothFrame.of_cloth(mask).matrix, abs=1e-4)
