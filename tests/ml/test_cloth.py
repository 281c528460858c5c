"""The garment mask: exact before a plain wall, the network elsewhere, a refusal for nothing."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.cloth import (
    CLOTH_SIZE,
    ClothNet,
    ClothSegmenter,
    busy_mask,
    fit_square,
    from_square,
    largest_parts,
    network_input,
    whole_neck,
)
from ml.errors import Refusal
from ml.studio import distance_from_background, studio_mask
from ml.training.cloth import mask_loss
from ml.training.flatlays import Flatlays, as_portrait, close_up
from ml.training.loop import Trainee
from ml.training.people import Person
from ml.twins.necklines import cut_back, finished
from ml.twins.scene import INNER, OUTER, OUTSIDE
from ml.twins.store import write_twins
from ml.twins.textures import TextureSource

HEIGHT, WIDTH = 512, 384
SMALL = {"widths": (8, 8, 8), "depths": (1, 1, 1)}


class StubSegmenter(ClothSegmenter):
    """A segmenter whose network has already answered."""

    def __init__(self, probability: np.ndarray, inside: np.ndarray | None = None) -> None:
        self._layers = probability, np.zeros_like(probability) if inside is None else inside

    def closely(self, image: np.ndarray, inside: np.ndarray) -> np.ndarray:
        return inside

    def probabilities(self, image: np.ndarray) -> np.ndarray:
        return np.stack([cv2.resize(layer, image.shape[1::-1]) for layer in self._layers])


def shirt(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A drawn shirt: bool (H, W)."""
    outline = np.array(
        [
            *[(0.4, 0.2), (0.6, 0.2), (0.85, 0.3), (0.8, 0.45), (0.7, 0.4)],
            *[(0.7, 0.85), (0.3, 0.85), (0.3, 0.4), (0.2, 0.45), (0.15, 0.3)],
        ]
    )
    drawn = np.zeros((height, width), np.uint8)
    cv2.fillPoly(drawn, [np.int32(outline * (width, height))], 1)
    return drawn > 0


def photo(mask: np.ndarray, cloth: tuple[int, int, int], wall: tuple[int, int, int]) -> np.ndarray:
    image = np.empty((*mask.shape, 3), np.uint8)
    image[:], image[mask] = wall, cloth
    return image


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / (one | other).sum()


@pytest.mark.parametrize("cloth", [(30, 30, 40), (200, 60, 60), (250, 220, 60), (225, 225, 225)])
def test_cloth_before_a_white_wall_is_cut_at_its_edge(cloth):
    truth = shirt()
    found = studio_mask(photo(truth, cloth, (248, 248, 248)), np.float32(truth) * 0.7)
    assert found is not None
    assert overlap(found, truth) > 0.98


def test_white_cloth_on_white_is_held_by_its_outline():
    truth = shirt()
    image = photo(truth, (250, 250, 250), (250, 250, 250))
    outline = cv2.morphologyEx(np.uint8(truth), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0
    image[outline & truth] = (215, 215, 215)
    found = studio_mask(image, np.float32(truth))
    assert found is not None
    assert overlap(found, truth) > 0.97


def test_a_hole_that_the_network_sees_is_wall():
    truth = shirt()
    truth[200:260, 160:220] = False
    found = studio_mask(photo(truth, (40, 90, 60), (245, 245, 245)), np.float32(truth))
    assert found is not None
    assert overlap(found, truth) > 0.97


def gap_in_a_shirt() -> np.ndarray:
    """A shirt with a narrow gap beside the trunk, closed beside by a thread."""
    truth = shirt()
    middle = WIDTH // 2
    truth[240:360, middle + 64 : middle + 75] = False
    return truth


def test_a_gap_beside_a_sleeve_is_wall_though_the_network_missed_it():
    truth = gap_in_a_shirt()
    found = studio_mask(photo(truth, (30, 30, 40), (244, 244, 244)), np.float32(shirt()))
    assert found is not None
    assert found[shirt() & ~truth].mean() < 0.05
    assert overlap(found, truth) > 0.97


def test_an_upright_white_stripe_with_shade_is_cloth():
    truth = gap_in_a_shirt()
    image = photo(truth, (30, 30, 40), (244, 244, 244))
    stripe = shirt() & ~truth
    image[stripe] = (238, 240, 244)
    found = studio_mask(image, np.float32(shirt()))
    assert found is not None
    assert found[stripe].mean() > 0.95


def test_the_wall_may_darken_across_the_photo():
    image = photo(shirt(), (40, 60, 160), (240, 240, 240))
    image = np.uint8(image * np.linspace(0.9, 1, HEIGHT)[:, None, None])
    assert distance_from_background(image)[2] < 2


def test_a_patterned_floor_is_no_studio():
    rng = np.random.default_rng(0)
    floor = cv2.resize(rng.integers(0, 255, (32, 24, 3), np.uint8), (WIDTH, HEIGHT))
    assert studio_mask(floor, np.float32(shirt())) is None


def test_colour_that_contradicts_the_network_is_not_believed():
    truth = shirt()
    assert studio_mask(photo(truth, (30, 30, 40), (248, 248, 248)), np.float32(~truth)) is None


def test_a_soft_map_is_drawn_to_the_edge():
    truth = shirt()
    rng = np.random.default_rng(0)
    image = photo(truth, (200, 40, 40), (60, 120, 60))
    image = np.uint8(np.clip(image + rng.normal(0, 4, image.shape), 0, 255))
    soft = cv2.GaussianBlur(np.float32(truth), (0, 0), 6)
    assert overlap(busy_mask(image, soft), truth) > 0.97


def test_the_mask_has_the_size_of_the_photo():
    truth = shirt(1600, 1200)
    picture = photo(truth, (90, 30, 120), (250, 250, 250))
    neck = np.zeros_like(truth)
    neck[320:480, 520:680] = True
    picture[neck] = (50, 10, 70)
    roughly = cv2.resize(np.float32(neck), (WIDTH // 4, HEIGHT // 4))
    found, inside = StubSegmenter(np.float32(shirt()), roughly).masks(picture)
    for part, expected in ((found, truth), (inside, neck & truth)):
        assert part.shape == (1600, 1200)
        assert part.dtype == bool
        assert overlap(part, expected) > 0.95


def legs_with_a_gap(lowest_light: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picture of two dark legs, their mask, and the strip between them, which gets lighter downwards."""
    picture = np.full((HEIGHT, WIDTH, 3), 250, np.uint8)
    legs, gap = np.zeros((2, HEIGHT, WIDTH), bool)
    legs[60:460, 130:185] = legs[60:460, 199:254] = legs[60:110, 130:254] = True
    gap[110:460, 185:199] = True
    light = np.linspace(200, lowest_light, 350).astype(np.uint8)
    picture[gap] = light[np.nonzero(gap)[0] - 110][:, None]
    picture[legs] = (60, 60, 90)
    return picture, legs, gap


@pytest.mark.parametrize("sure", [0.7, 1.0])
def test_a_shadow_deep_between_two_legs_is_wall(sure):
    """Also where the network, which is coarse, sees no gap: further down the gap shows the wall itself."""
    picture, legs, gap = legs_with_a_gap(250)
    probability = np.where(gap, sure, np.where(legs, 1.0, 0.0)).astype(np.float32)
    assert overlap(studio_mask(picture, probability), legs) > 0.97


@pytest.mark.parametrize(("colour", "is_wall"), [((70, 20, 130), True), ((200, 200, 215), False)])
def test_a_steep_shadow_is_wall_beside_deep_colours_only(colour, is_wall):
    picture, legs, gap = legs_with_a_gap(250)
    picture[legs] = colour
    # Close to the leg the wall gets darker by about three levels of lightness a pixel.
    columns = np.nonzero(gap)[1]
    picture[gap] = (250 - 8 * (198 - columns)).clip(140, 250)[:, None]
    picture[gap & (np.arange(HEIGHT) > 400)[:, None]] = 250
    probability = np.where(gap, 0.7, np.where(legs, 1.0, 0.0)).astype(np.float32)
    found = studio_mask(picture, probability)
    assert (not found[150:380, 192:197].any()) == is_wall


def test_a_white_stripe_down_to_the_hem_is_cloth():
    picture, legs, gap = legs_with_a_gap(246)
    probability = np.float32(legs | gap)
    assert studio_mask(picture, probability)[115:450, 188:196].all()


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_photo_has_no_garment(level):
    blank = np.full((HEIGHT, WIDTH, 3), level, np.uint8)
    with pytest.raises(Refusal) as refusal:
        StubSegmenter(np.zeros((64, 64), np.float32)).masks(blank)
    assert refusal.value.code == "cloth_not_found"


def test_small_parts_and_pinholes_go():
    mask = np.zeros((100, 100), bool)
    mask[10:80, 10:80] = True
    mask[40, 40] = False
    mask[95:98, 95:98] = True
    found = largest_parts(mask)
    assert found.sum() == 70 * 70
    assert found[40, 40]


@settings(max_examples=30, deadline=None)
@given(st.integers(16, 700), st.integers(16, 700))
def test_any_photo_fits_the_square_and_comes_back(height, width):
    rows, columns = np.mgrid[0:height, 0:width]
    image = np.repeat(np.uint8((rows + columns) * 255 // (height + width))[..., None], 3, axis=2)
    square = fit_square(image)
    assert square.shape == (CLOTH_SIZE, CLOTH_SIZE, 3)
    returned = from_square(np.float32(square[..., 0]), (height, width))
    assert returned.shape == (height, width)
    if min(height, width) >= 64:
        assert np.abs(returned - image[..., 0]).mean() < 4


def test_the_network_answers_in_probabilities():
    torch.manual_seed(0)
    segmenter = ClothSegmenter(ClothNet(**SMALL), torch.device("cpu"), "new")
    probability = segmenter.probabilities(photo(shirt(), (10, 10, 10), (240, 240, 240)))
    assert probability.shape == (2, HEIGHT, WIDTH)
    assert 0 <= probability.min() <= probability.max() <= 1


def test_the_loss_falls_on_one_garment():
    torch.manual_seed(0)
    picture = photo(shirt(64, 64), (200, 30, 30), (240, 240, 240))
    truth = cv2.resize(np.float32(shirt(64, 64)), (32, 32))
    masks = torch.from_numpy(np.stack([truth, np.zeros_like(truth)]))[None]
    images = network_input(picture)[None]
    trainee = Trainee(ClothNet(**SMALL), minutes=60, peak_rate=0.1)
    losses = []
    for _ in range(12):
        loss = mask_loss(trainee.network(images), masks)
        trainee.descend(loss)
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_composites_are_well_formed_and_repeat(tmp_path, pose):
    labels = np.uint8(pose.segmentation > 0.5) * 3
    picture = np.full((*labels.shape, 3), 120, np.uint8)
    person = Person(picture, labels, *pose.joints(), np.uint8(labels * 80))
    cv2.imwrite(str(tmp_path / "floor.jpg"), np.random.default_rng(0).integers(0, 255, (90, 70, 3), np.uint8))
    scenes = Flatlays(
        write_twins(tmp_path / "twins", 2, 0), [person], [tmp_path / "floor.jpg"], TextureSource(None)
    )
    for seed in range(12):
        image, mask = scenes.sample(np.random.default_rng(seed))
        again, _ = scenes.sample(np.random.default_rng(seed))
        assert image.shape == (256, 256, 3)
        assert image.dtype == np.uint8
        assert mask.shape == (2, 128, 128)
        assert 0 <= mask.min() <= mask.max() <= 1
        assert (mask[1] <= mask[0] + 1e-6).all()
        assert (image == again).all()


def test_a_close_up_shows_more_of_the_neck():
    cloth = np.full((256, 192), OUTSIDE, np.uint8)
    cloth[40:200, 50:140] = OUTER
    cloth[40:52, 85:105] = INNER
    light = np.full(cloth.shape, 1.1, np.float32)
    enlarged, lit = close_up(cloth, light, np.random.default_rng(0))
    assert enlarged.shape == cloth.shape
    assert (enlarged == INNER).sum() > 3 * (cloth == INNER).sum()
    np.testing.assert_allclose(lit, 1.1, rtol=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_cut_from_a_back_is_wall(seed):
    cloth = np.full((256, 192), OUTER, np.uint8)
    cloth[40:80, 85:105] = INNER
    cut = cut_back(cloth, np.random.default_rng(seed))
    changed = cut != cloth
    assert (cut[changed] == OUTSIDE).all()
    assert (cloth[changed] == INNER).all()


def test_backs_are_cut_in_several_ways():
    cloth = np.full((256, 192), OUTER, np.uint8)
    cloth[40:80, 85:105] = INNER
    left = {int((cut_back(cloth, np.random.default_rng(seed)) == INNER).sum()) for seed in range(60)}
    assert {0, int((cloth == INNER).sum())} < left


def test_a_finished_neck_leaves_the_wall_alone():
    cloth = np.full((256, 192), OUTSIDE, np.uint8)
    cloth[40:200, 50:140] = OUTER
    cloth[40:60, 85:105] = INNER
    changed = np.zeros(cloth.shape, bool)
    for seed in range(30):
        image = np.full((256, 192, 3), 100.0)
        finished(image, cloth, (np.zeros(3), np.full(3, 255.0)), np.random.default_rng(seed))
        changed |= (image != 100).any(axis=2)
    assert not changed[cloth == OUTSIDE].any()
    assert changed[cloth == INNER].all()
    assert changed[55, 83]  # beside the neck: a collar


def test_a_neck_is_looked_at_from_nearer_by():
    class Near(StubSegmenter):
        def probabilities(self, image: np.ndarray) -> np.ndarray:
            far = image.shape[:2] == (HEIGHT, WIDTH)
            return np.stack(self._layers) if far else np.full((2, *image.shape[:2]), 0.125, np.float32)

    glimpsed = np.zeros((HEIGHT, WIDTH), np.float32)
    glimpsed[40:80, 160:220] = 0.9
    glimpsed[500, 10] = 0.9
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    closer = ClothSegmenter.closely(Near(glimpsed), picture, glimpsed)
    assert (closer[:126, 124:256] == 0.125).all()
    assert closer[500, 10] == np.float32(0.9)
    nothing = np.zeros_like(glimpsed)
    assert ClothSegmenter.closely(Near(nothing), picture, nothing) is nothing


def test_a_neck_hole_is_whole_behind_its_label():
    garment = np.zeros((200, 200), bool)
    garment[20:180, 20:180] = True
    hole = np.uint8(garment) * 0
    cv2.circle(hole, (100, 20), 40, 1, -1)
    hole = (hole > 0) & garment
    seen = hole.copy()
    seen[24:40, 90:110] = seen[:, 98:102] = False
    assert overlap(whole_neck(seen, garment), hole) > 0.98


def test_what_is_far_from_convex_is_no_neck_hole():
    garment = np.ones((200, 200), bool)
    sides = np.zeros_like(garment)
    sides[20:180, 20:30] = sides[20:180, 170:180] = True
    np.testing.assert_array_equal(whole_neck(sides, garment), sides)


def test_a_portrait_in_the_square_looks_as_in_use():
    square = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
    assert (as_portrait(square) == fit_square(square[:, 32:-32])).all()
