"""What a training has seen: on a page, as a file, by the API."""

import json
import uuid

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from rest_framework.reverse import reverse

from shop.roles import MERCHANT, TRAINER
from tests.tryon import factories
from tryon.models import ModelVersion, TrainingRun

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_stores")]


@pytest.fixture
def manifest() -> dict[str, dict]:
    """Two garments and two samples; one of each is gone by now."""
    garment, sample = factories.garment(name="Linen shirt"), factories.sample()
    gone = [str(uuid.UUID(int=number)) for number in (1, 2)]
    return {
        "filter": {"categories": ["dresses"], "sources": ["garments", "shopper"], "since": "2026-03-02"},
        "garments": {gone[0]: "a" * 64, str(garment.pk): "b" * 64},
        "samples": {gone[1]: "c" * 64, str(sample.pk): sample.sha256},
    }


@pytest.fixture
def run(manifest: dict[str, dict]) -> TrainingRun:
    version = ModelVersion.objects.create(name="autumn", files={}, manifest=manifest)
    return TrainingRun.objects.create(steps=5, manifest=manifest, candidate=version, status="succeeded")


def staff(role: str) -> Client:
    user = factories.user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def pages(run: TrainingRun) -> list[tuple[str, str]]:
    """Kind and id of what has a manifest."""
    return [("trainingrun", str(run.pk)), ("modelversion", str(run.candidate_id))]


def test_the_page_names_what_was_seen_and_what_is_gone(run: TrainingRun, manifest: dict[str, dict]) -> None:
    trainer, (gone, sample) = staff(TRAINER), list(manifest["samples"])
    for kind, pk in pages(run):
        address = reverse(f"admin:tryon_{kind}_manifest", args=[pk])
        assert address in trainer.get(reverse(f"admin:tryon_{kind}_change", args=[pk])).text
        page = trainer.get(address).text
        assert "Dresses · Garments, Photos of shoppers who agreed · added since March 2, 2026" in page
        garments, samples = page[page.index("Garments (2)") :].split("Photos of people (2)")
        assert "Linen shirt" in garments
        assert "00000000-0000-0000-0000-000000000001 · deleted since" in garments
        assert sample[:8] in samples
        assert "Merchant" in samples
        assert "erased since" in samples
        assert samples.index(sample[:8]) < samples.index(gone[:8])


def test_the_file_holds_all_of_it(run: TrainingRun, manifest: dict[str, dict]) -> None:
    trainer = staff(TRAINER)
    for (kind, pk), name in zip(pages(run), (run.name, "autumn"), strict=True):
        answer = trainer.get(reverse(f"admin:tryon_{kind}_manifest_file", args=[pk]))
        assert answer["Content-Disposition"] == f'attachment; filename="{name}.json"'
        assert json.loads(answer.content) == {"name": name, **manifest}


def test_the_api_gives_it_to_staff(run: TrainingRun, manifest: dict[str, dict]) -> None:
    addresses = [
        f"/api/v1/training-runs/{run.pk}/manifest/",
        f"/api/v1/models/{run.candidate_id}/manifest/",
    ]
    trainer, merchant = staff(TRAINER), staff(MERCHANT)
    assert [trainer.get(address).json() for address in addresses] == [manifest, manifest]
    assert [merchant.get(address).status_code for address in addresses] == [404, 404]
    TrainingRun.objects.update(manifest={})
    assert trainer.get(addresses[0]).json() == {"filter": None, "garments": {}, "samples": {}}


def test_a_run_that_has_not_ended_has_no_link(run: TrainingRun) -> None:
    TrainingRun.objects.update(manifest={}, status="queued", candidate=None)
    page = staff(TRAINER).get(reverse("admin:tryon_trainingrun_change", args=[run.pk])).text
    assert 'data-deed="manifest"' not in page
