"""The sample catalogue is complete and its pictures are what the shop and the try-on expect."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import shop
from shop.artwork.__main__ import encode, pictures
from shop.artwork.fabrics import JERSEY
from shop.artwork.geometry import coordinates, curve, flip, offset
from shop.artwork.panels import Garment, Panel
from shop.artwork.parts import disc
from shop.artwork.relief import noise, rounded
from shop.artwork.studio import photograph

SAMPLE = Path(shop.__file__).parent / "sample"
CATALOGUE = json.loads((SAMPLE / "catalogue.json").read_text(encoding="utf-8"))
PRODUCTS = CATALOGUE["products"]
IMAGES = [colour["image"] for product in PRODUCTS for colour in product["colours"]]
POSE_MODEL = SAMPLE.parents[1] / "ml" / "models" / "pose_landmarker_full.task"

lengths = st.floats(1, 300)
places = st.tuples(st.floats(0, 1000), st.floats(0, 1000))


def test_catalogue_covers_the_three_garment_categories() -> None:
    counts = {"upper_body": 0, "lower_body": 0, "dresses": 0}
    for product in PRODUCTS:
        counts[product["garment_category"]] += 1
    assert counts == {"upper_body": 13, "lower_body": 7, "dresses": 5}


def test_jackets_are_worn_over_tops() -> None:
    outer = [product["category"] for product in PRODUCTS if product.get("garment_outer")]
    assert outer == ["jackets", "jackets"]


def test_slugs_and_skus_are_unique() -> None:
    slugs = [product["slug"] for product in PRODUCTS]
    skus = [
        f"{product['sku']}-{colour['code']}-{size}"
        for product in PRODUCTS
        for colour in product["colours"]
        for size in product["sizes"]
    ]
    assert len(set(slugs)) == len(slugs)
    assert len(set(skus)) == len(skus)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["slug"])
def test_product_is_complete(product: dict) -> None:
    assert product["category"] in {category["slug"] for category in CATALOGUE["categories"]}
    assert re.fullmatch(r"\d+\.\d\d", product["price"])
    assert all(product[key] for key in ("name", "description", "material", "care", "sizes", "colours"))
    for colour in product["colours"]:
        assert len(colour["stock"]) == len(product["sizes"])
        assert re.fullmatch(r"#[0-9a-f]{6}", colour["hex"])
        assert colour["alt"]


def test_every_picture_is_listed_and_can_be_drawn_again() -> None:
    shoppers = [shopper["image"] for shopper in CATALOGUE["shoppers"]]
    files = {str(path.relative_to(SAMPLE)) for path in SAMPLE.glob("*/*.jpg")}
    assert files == {*IMAGES, *shoppers}
    assert files == {f"{name}.jpg" for name in pictures()}


@pytest.mark.parametrize("image", IMAGES)
def test_garment_lies_on_white_inside_the_frame(image: str) -> None:
    with Image.open(SAMPLE / image) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (1365, 1024, 3)
    border = np.concatenate(
        [pixels[:8].reshape(-1, 3), pixels[-8:].reshape(-1, 3), pixels[:, :8].reshape(-1, 3)]
    )
    assert border.min() >= 235
    assert (np.abs(pixels.astype(int) - border.mean(0)).max(2) > 12).mean() > 0.08


def test_pictures_are_small() -> None:
    sizes = [path.stat().st_size for path in SAMPLE.glob("*/*.jpg")]
    assert max(sizes) <= 250_000
    assert sum(sizes) <= 5_000_000


@pytest.mark.parametrize("shopper", CATALOGUE["shoppers"], ids=lambda shopper: shopper["id"])
def test_shopper_is_a_tall_picture(shopper: dict) -> None:
    with Image.open(SAMPLE / shopper["image"]) as picture:
        assert picture.size == (900, 1350)


@pytest.mark.skipif(not POSE_MODEL.exists(), reason="the pose model is built by script/setup")
@pytest.mark.parametrize("shopper", CATALOGUE["shoppers"], ids=lambda shopper: shopper["id"])
def test_shopper_is_one_person_seen_from_the_front(shopper: dict) -> None:
    from ml.pose import PoseEstimator

    with Image.open(SAMPLE / shopper["image"]) as picture:
        poses = PoseEstimator().estimate(np.asarray(picture))
    assert len(poses) == 1
    left, right = poses[0].keypoints[11], poses[0].keypoints[12]
    assert left[0] > right[0]


@settings(deadline=None)
@given(start=places, end=places)
def test_curve_keeps_its_ends(start: tuple[float, float], end: tuple[float, float]) -> None:
    path = curve([start, end])
    np.testing.assert_allclose(path[[0, -1]], [start, end], atol=1e-9)


@settings(deadline=None)
@given(points=st.lists(places, min_size=2, max_size=6))
def test_flipping_twice_changes_nothing(points: list[tuple[float, float]]) -> None:
    np.testing.assert_allclose(flip(flip(points)), points, atol=1e-9)


@settings(deadline=None)  # the first call compiles
@given(distance=lengths)
def test_offset_and_coordinates_agree_on_sides(distance: float) -> None:
    down = np.array([[50.0, 0.0], [50.0, 40.0]])
    across, along = coordinates(down, (40, 10, 60, 20), 1)
    np.testing.assert_allclose(across[0], np.arange(40.5, 60) - 50)
    np.testing.assert_allclose(along[:, 0], np.arange(10.5, 20))
    np.testing.assert_allclose(offset(down, distance)[:, 0], 50 + distance, rtol=1e-6)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1_000_000))
def test_noise_is_bounded_and_repeatable(seed: int) -> None:
    u, v = np.meshgrid(np.linspace(-9, 9, 40), np.linspace(-9, 9, 40))
    field = noise(u, v, seed)
    assert np.abs(field).max() <= 1.7
    assert np.array_equal(field, noise(u, v, seed))


def test_rounded_edge_rises_to_its_radius() -> None:
    height = rounded(np.pad(np.ones((41, 41), np.float32), 5), 10)
    assert height[0, 0] == 0
    assert height[25, 25] == 10


def test_photograph_is_repeatable() -> None:
    garment = Garment([Panel(disc((512, 600), 120), JERSEY, "#b5543c")], seed=3)
    first = photograph(garment)
    assert first.shape == (1365, 1024, 3)
    assert np.array_equal(first, photograph(garment))


def test_encode_lowers_quality_to_fit() -> None:
    picture = np.random.default_rng(0).integers(120, 136, (200, 200, 3), dtype=np.uint8)
    large, small = encode(picture, 10**9), encode(picture, 1)
    assert len(small) < len(large)
    with Image.open(io.BytesIO(small)) as decoded:
        assert decoded.size == (200, 200)
