"""Colours and prints on a garment's picture: the main colour changes, folds and trimmings stay."""

import numpy as np
import pytest

from ml.analysis import ClothAnalysis
from ml.clothframe import ClothFrame
from ml.colour import lab
from ml.variation import Variation, cloth_share, trunk, varied, without_white

BLUE, RED, NAVY, CREAM = (70, 110, 160), (200, 40, 50), (20, 30, 60), (245, 240, 225)
BUTTON = (230, 180, 40)


def shirt(colour: tuple[int, int, int] = BLUE) -> ClothAnalysis:
    """A body with two sleeves, lit from the left, with a fold and a yellow button; a neck hole shows its
    inside.
    """
    image = np.full((320, 260, 3), 250, np.uint8)
    mask = np.zeros(image.shape[:2], bool)
    mask[40:280, 80:180] = True
    mask[40:100, 20:240] = True
    light = np.linspace(1.12, 0.88, 260)[None, :, None] * np.ones((320, 1, 1))
    light[:, 120:126] *= 0.8
    image[mask] = np.clip(np.array(colour) * light, 0, 255)[mask]
    image[200:212, 125:137] = BUTTON
    inside = np.zeros_like(mask)
    inside[40:60, 110:150] = True
    return ClothAnalysis(image, mask, inside, "upper_body", ClothFrame.of_cloth(mask), {})


@pytest.mark.parametrize("colour", [RED, NAVY, CREAM])
@pytest.mark.parametrize("was", [BLUE, (240, 240, 238), (30, 32, 36)])
def test_the_cloth_has_the_new_colour_and_keeps_light_and_button(
    was: tuple[int, int, int], colour: tuple[int, int, int]
) -> None:
    cloth = shirt(was)
    changed = varied(cloth, Variation(colour)).image
    body = lab(changed[220:270, 130:170].reshape(-1, 3)).mean(axis=0)
    assert np.linalg.norm(body - lab(np.uint8([colour]))[0]) < 9
    lightness = lab(changed)[..., 0]
    assert lightness[240, 90] > lightness[240, 170]
    assert lightness[240, 110] - lightness[240, 123] > 0.5
    assert np.abs(changed[204:208, 129:133].astype(int) - BUTTON).max() <= 2


def test_what_is_not_the_garment_stays_to_the_bit() -> None:
    cloth = shirt()
    for variation in (Variation(RED), Variation(None, np.full((9, 9, 3), 10, np.uint8), True)):
        changed = varied(cloth, variation).image
        assert (changed[~cloth.mask] == cloth.image[~cloth.mask]).all()
        assert (changed[cloth.mask] != cloth.image[cloth.mask]).any()


def test_stripes_of_another_colour_stay() -> None:
    cloth = shirt((240, 240, 240))
    for row in range(110, 270, 20):
        cloth.image[row : row + 5, 80:180] = NAVY
    changed = varied(cloth, Variation(RED)).image
    assert np.abs(changed[112, 90:110].astype(int) - NAVY).max() <= 4
    assert changed[122, 100, 0] > changed[122, 100, 1] + 100


def test_a_motif_is_printed_once_in_the_middle_and_white_is_no_ink() -> None:
    cloth = shirt()
    motif = np.full((40, 40, 3), 255, np.uint8)
    motif[10:30, 10:30] = (0, 120, 0)
    changed = varied(cloth, Variation(None, motif)).image
    touched = (changed != cloth.image).any(axis=2)
    rows, columns = np.nonzero(touched)
    assert abs(rows.mean() - (40 + 0.36 * 240)) < 3
    assert abs(columns.mean() - 130) < 3
    assert abs((columns.max() - columns.min()) - 25) < 6
    assert changed[126, 140, 1] > changed[126, 140, 0] + 60


def test_all_over_covers_the_cloth_but_not_its_inside_or_the_button() -> None:
    cloth = shirt()
    changed = varied(cloth, Variation(None, np.full((30, 30, 3), (200, 30, 120), np.uint8), True)).image
    inner = np.zeros_like(cloth.mask)
    inner[110:270, 84:116] = True
    assert (changed[inner][:, 0] > changed[inner][:, 1] + 60).all()
    assert (changed[44:56, 114:146] == cloth.image[44:56, 114:146]).all()
    assert np.abs(changed[204:208, 129:133].astype(int) - BUTTON).max() <= 2


def test_colour_and_print_go_together_and_masks_stay() -> None:
    cloth = shirt()
    motif = np.zeros((20, 20, 3), np.uint8)
    both = varied(cloth, Variation(CREAM, motif))
    assert both.mask is cloth.mask
    assert both.image[126, 128].max() < 60
    assert both.image[250, 150].min() > 180


def test_nothing_asked_for_is_nothing_changed() -> None:
    cloth = shirt()
    assert (varied(cloth, Variation()).image == cloth.image).all()


def test_the_share_is_of_the_main_colour_alone() -> None:
    cloth = shirt()
    share = cloth_share(cloth.image, cloth.mask)
    assert share[240, 100] == 1
    assert share[206, 131] < 0.01
    assert (share[~cloth.mask] == 0).all()


def test_the_trunk_is_between_the_sleeves() -> None:
    assert trunk(shirt().mask) == (80, 100)
    legs = np.zeros((100, 60), bool)
    legs[:20, 10:50] = True
    legs[20:, 10:25] = legs[20:, 35:50] = True
    assert trunk(legs) == (10, 40)


def test_ink_laid_on_white_again_is_the_same() -> None:
    ink = np.random.default_rng(1).integers(0, 256, (20, 20, 3), np.uint8)
    colour, alpha = without_white(ink)
    again = alpha[..., None] * colour + (1 - alpha[..., None]) * 255
    assert np.abs(again - ink).max() < 1
