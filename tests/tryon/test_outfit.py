"""What can be worn together, in which order, and how it is refused."""

import itertools

import pytest
from django.db import IntegrityError

from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.models import Garment, TryOnJob
from tryon.outfit import LAYERS, layer_of, put_on_order
from tryon.services.garments import garment_create, garment_update
from tryon.services.jobs import job_submit


def piece(layer: str) -> Garment:
    category = "upper_body" if layer == "outer" else layer
    return Garment(name=layer, category=category, outer=layer == "outer")


@pytest.mark.parametrize(
    "outfit",
    [("lower_body", "upper_body", "outer"), ("dresses", "outer"), ("upper_body",), ("outer",)],
    ids="+".join,
)
def test_any_order_of_asking_is_sorted_from_below_to_above(outfit: tuple[str, ...]) -> None:
    for asked in itertools.permutations(outfit):
        ordered = put_on_order([piece(layer) for layer in asked])
        assert [layer_of(garment) for garment in ordered] == list(outfit)
    assert [LAYERS.index(layer) for layer in outfit] == sorted(LAYERS.index(layer) for layer in outfit)


@pytest.mark.parametrize(
    "outfit",
    [
        *((layer, layer) for layer in LAYERS),
        ("dresses", "upper_body"),
        ("dresses", "lower_body"),
        ("dresses", "lower_body", "outer"),
        ("upper_body", "outer", "upper_body"),
    ],
    ids="+".join,
)
def test_what_cannot_be_worn_together_is_refused(outfit: tuple[str, ...]) -> None:
    with pytest.raises(TryOnError, match="outfit_conflict"):
        put_on_order([piece(layer) for layer in outfit])


@pytest.mark.django_db
def test_an_outfit_is_one_job_and_its_list_is_part_of_the_request() -> None:
    owner = factories.shopper()
    photo = factories.photo(owner)
    jacket, shirt, skirt = (
        factories.garment(outer=True), factories.garment(), factories.garment(category="lower_body"),
    )  # fmt: skip
    asked = {"shopper": owner, "photo_id": photo.pk, "idempotency_key": "k"}
    job, created = job_submit(**asked, garment_ids=[jacket.pk, skirt.pk, shirt.pk])
    assert created
    assert [item.garment for item in job.items.all()] == [skirt, shirt, jacket]
    assert job_submit(**asked, garment_ids=[jacket.pk, skirt.pk, shirt.pk]) == (job, False)
    with pytest.raises(TryOnError, match="idempotency_conflict"):
        job_submit(**asked, garment_ids=[skirt.pk, shirt.pk])
    assert TryOnJob.objects.count() == 1


@pytest.mark.django_db
def test_a_conflict_costs_no_quota() -> None:
    owner = factories.shopper()
    pair = [factories.garment().pk, factories.garment().pk]
    with pytest.raises(TryOnError, match="outfit_conflict"):
        job_submit(shopper=owner, photo_id=factories.photo(owner).pk, garment_ids=pair)
    owner.refresh_from_db()
    assert (TryOnJob.objects.count(), owner.quota_used) == (0, 0)


@pytest.mark.django_db
def test_only_tops_are_outer_garments() -> None:
    picture = factories.encoded(factories.picture())
    with pytest.raises(TryOnError, match="outer_unsupported"):
        garment_create(name="Coat", category="dresses", outer=True, image=picture)
    coat = garment_create(name="Coat", category="upper_body", outer=True, image=picture)
    with pytest.raises(TryOnError, match="outer_unsupported"):
        garment_update(garment=coat, category="lower_body")
    with pytest.raises(IntegrityError, match="outer_garments_are_tops"):
        Garment.objects.update(category="lower_body")


@pytest.mark.django_db
def test_marking_a_garment_as_outer_needs_no_new_preparation() -> None:
    garment = factories.garment()
    garment_update(garment=garment, outer=True)
    garment.refresh_from_db()
    assert (garment.outer, garment.status) == (True, "succeeded")
