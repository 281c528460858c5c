import numpy as np
import pytest

from ml.kid import SUBSET, Crowds


def crowds(photos=SUBSET, moved=0.0):
    """As many results as photos, whose features are those of the photos, moved."""
    found, rng = Crowds(), np.random.default_rng(0)
    for number in range(photos):
        features = rng.normal(size=8).astype(np.float32)
        found.add("model", f"{number}.jpg", features, rng.normal(size=8).astype(np.float32) + moved)
        found.add("unchanged", f"{number}.jpg", features, features)
    return found


def test_results_like_photos_are_nearer_than_others():
    near, far = crowds().distances()["model"], crowds(moved=np.float32(1)).distances()["model"]
    assert abs(near["mean"]) < 0.1
    assert far["mean"] > 1
    assert near["n"] == SUBSET


def test_the_photos_themselves_have_no_distance():
    # The estimate has no bias, and so leaves out of one crowd what it has in common with itself.
    assert crowds().distances()["unchanged"]["mean"] <= 0


def test_the_same_every_time():
    assert crowds().distances() == crowds().distances()


def test_each_photo_counts_once_and_too_few_say_nothing():
    found, features = Crowds(), np.zeros(8, np.float32)
    for _ in range(2 * SUBSET):
        found.add("model", "same.jpg", features, features)
    assert found.distances() == {}
    assert crowds(SUBSET - 1).distances() == {}


@pytest.mark.parametrize("method", ["model", "unchanged"])
def test_every_method_has_its_own(method):
    assert set(crowds().distances()[method]) == {"mean", "std", "n"}
