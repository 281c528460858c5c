import numpy as np
import pytest

from ml.baselines import flat_fill, unchanged
from ml.pipeline import TryOnPipeline


@pytest.fixture
def tried(files, people):
    from ml.images import read_image

    pipeline = TryOnPipeline.load()
    person = pipeline.analyse_person(read_image(files / "person.png"))
    cloth = pipeline.analyse_cloth(read_image(files / "shirt.png"), "upper_body")
    return person, cloth, pipeline.dress(person, cloth, keep_placement=True)


def test_the_unchanged_photo_is_measured_in_the_same_places(tried):
    person, _, result = tried
    other = unchanged(person, result)
    assert other.image is person.photo
    assert other.placement is result.placement
    assert other.mask is result.mask


def test_a_flat_fill_has_one_colour_and_changes_nothing_else(tried):
    _, cloth, result = tried
    image = flat_fill(cloth, result).image
    alpha = result.placement.alpha
    assert (image[alpha == 1] == (30, 90, 200)).all()
    np.testing.assert_array_equal(image[alpha == 0], result.image[alpha == 0])


def test_a_flat_fill_needs_a_placement(tried):
    from dataclasses import replace

    _, cloth, result = tried
    with pytest.raises(ValueError, match="placement"):
        flat_fill(cloth, replace(result, placement=None))
