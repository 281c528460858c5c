import numpy as np
import pytest

from ml.fidelity import CELLS, ClothCells, fidelity, local_detail, unwarp


@pytest.fixture
def print_():
    """A garment's picture of 192 x 144 with random blocks of 4 pixels, and its mask."""
    blocks = np.random.default_rng(0).integers(20, 235, (48, 36, 3), np.uint8)
    mask = np.zeros((192, 144), bool)
    mask[8:184, 8:136] = True
    return blocks.repeat(4, axis=0).repeat(4, axis=1), mask


def identity(height, width):
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)


def test_cells_are_as_many_as_promised(print_):
    cells = ClothCells.of(*print_)
    rows = np.flatnonzero(cells.covered.any(axis=1))
    assert abs(rows[-1] - rows[0] + 1 - CELLS) <= 1


def test_a_garment_that_is_shown_as_it_is(print_):
    image, mask = print_
    numbers = fidelity(ClothCells.of(image, mask), image, identity(192, 144), mask)
    assert numbers["garment_seen"] == 1
    assert numbers["colour_difference"] < 3
    assert numbers["print_kept"] > 0.97


def test_the_print_is_followed_wherever_it_went(print_):
    image, mask = print_
    cells, back = ClothCells.of(image, mask), identity(192, 144)[:, ::-1]
    np.testing.assert_array_equal(
        unwarp(cells, image[:, ::-1], back, mask[:, ::-1])[0],
        unwarp(cells, image, identity(192, 144), mask)[0],
    )


def test_light_is_no_other_print_but_another_colour(print_):
    image, mask = print_
    cells, dark = ClothCells.of(image, mask), (image * 0.7).astype(np.uint8)
    numbers = fidelity(cells, dark, identity(192, 144), mask)
    assert numbers["print_kept"] > 0.97
    assert numbers["colour_difference"] > 8


def test_a_lost_a_moved_and_an_inverted_print(print_):
    image, mask = print_
    cells, where = ClothCells.of(image, mask), identity(192, 144)
    assert fidelity(cells, np.full_like(image, 128), where, mask)["print_kept"] == 0
    assert abs(fidelity(cells, np.roll(image, 12, axis=1), where, mask)["print_kept"]) < 0.15
    assert fidelity(cells, 255 - image, where, mask)["print_kept"] < -0.9


def test_plain_garments_have_no_print_to_keep(print_):
    _, mask = print_
    image = np.full((192, 144, 3), (30, 90, 200), np.uint8)
    numbers = fidelity(ClothCells.of(image, mask), image, identity(192, 144), mask)
    assert numbers == {"garment_seen": 1.0, "colour_difference": 0.0}


def test_half_a_garment_is_half_seen(print_):
    image, mask = print_
    worn = mask.copy()
    worn[:, :72] = False
    numbers = fidelity(ClothCells.of(image, mask), image, identity(192, 144), worn)
    assert numbers["garment_seen"] == pytest.approx(0.5, abs=0.02)


def test_hardly_a_garment_is_not_measured(print_):
    image, mask = print_
    worn = np.zeros_like(mask)
    worn[100:104, 70:74] = True
    assert fidelity(ClothCells.of(image, mask), image, identity(192, 144), worn) == {}


def test_even_light_is_no_detail():
    known = np.zeros((40, 30), bool)
    known[5:35, 5:25] = True
    detail = local_detail(np.where(known, 60, 0).astype(np.float32), known)
    np.testing.assert_allclose(detail, 0, atol=1e-4)
