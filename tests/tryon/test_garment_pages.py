"""The page of one garment: its state and verdict in words, its previews, what can be done with it."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from shop.roles import MERCHANT, TRAINER
from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.models import Garment, GarmentPreview
from tryon.selectors.garment_pages import verdict_of
from tryon.services.garment_previews import preview_finish, previews_request
from tryon.services.garments import garment_delete, garment_update
from tryon.services.work import work_claim

pytestmark = pytest.mark.django_db
SAMPLES = [each["image"] for each in settings.TRYON["SAMPLE_PHOTOS"]]


@pytest.fixture
def merchant(client: Client) -> Client:
    user = factories.user("merchant", is_staff=True)
    user.groups.add(Group.objects.get(name=MERCHANT))
    client.force_login(user)
    return client


def page_of(garment: Garment, page: str = "change") -> str:
    return f"/admin/tryon/garment/{garment.pk}/{page}/"


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        ({"status": "queued"}, "busy", []),
        ({"status": "running"}, "busy", []),
        ({"status": "failed", "error_code": "cloth_worn"}, "bad", ["Somebody wears this garment"]),
        ({"warnings": ["category_mismatch", "retired"]}, "mind", ["This looks like another kind"]),
        ({}, "good", []),
    ],
)
def test_the_verdict_in_words(merchant: Client, fields: dict[str, Any], kind: str, words: list[str]) -> None:
    garment = factories.garment(**fields)
    verdict = verdict_of(garment)
    assert verdict.kind == kind
    assert [str(reason).startswith(word) for reason, word in zip(verdict.reasons, words, strict=True)] == [
        True
    ] * len(words)
    page = merchant.get(page_of(garment)).text
    assert f'data-verdict="{kind}"' in page
    assert all(word in page for word in words)
    assert (f'data-live="{page_of(garment, "status")}"' in page) == (kind == "busy")
    answer = merchant.get(page_of(garment, "status")).json()
    assert answer["done"] is (kind != "busy")
    assert f'data-verdict="{kind}"' in answer["html"]


def test_previews_are_asked_for_once_for_every_sample(
    merchant: Client, django_capture_on_commit_callbacks: Any
) -> None:
    garment = factories.garment()
    with django_capture_on_commit_callbacks() as callbacks:
        assert merchant.post(page_of(garment, "preview")).status_code == 302
    assert [callback.args for callback in callbacks if hasattr(callback, "args")] == [(GarmentPreview,)]
    merchant.post(page_of(garment, "preview"))
    assert list(garment.previews.values_list("sample", "status")) == [(name, "queued") for name in SAMPLES]
    assert merchant.get(page_of(garment, "status")).json()["done"] is False


def test_what_is_not_ready_has_no_preview(merchant: Client) -> None:
    garment = factories.garment(status="failed")
    with pytest.raises(TryOnError, match="garment_not_ready"):
        previews_request(garment=garment)
    page = merchant.post(page_of(garment, "preview"), follow=True).text
    assert "This garment cannot be tried on yet" in page


def test_a_refused_preview_says_why(merchant: Client) -> None:
    garment = factories.garment()
    previews_request(garment=garment)
    garment.previews.update(status="failed", error_code="person_cropped")
    assert "Too little of this person is to be seen" in merchant.get(page_of(garment)).text


@pytest.mark.parametrize("change", [{"category": "dresses"}, {"outer": True}, {"image": True}])
def test_previews_go_when_the_garment_is_another(
    change: dict[str, Any], django_capture_on_commit_callbacks: Any
) -> None:
    garment = factories.garment()
    previews_request(garment=garment)
    (work,) = work_claim(model=GarmentPreview, limit=1)
    assert preview_finish(preview=work, png=b"x")
    (late,) = work_claim(model=GarmentPreview, limit=1)
    name = GarmentPreview.objects.get(pk=work.pk).image.name
    if "image" in change:
        change = {"image": factories.encoded(factories.picture())}
    with django_capture_on_commit_callbacks(execute=True):
        garment_update(garment=garment, **change)
    assert not default_storage.exists(name)
    assert not GarmentPreview.objects.exists()
    assert not preview_finish(preview=late, png=b"x")
    assert not default_storage.exists(f"previews/{late.pk}.png")


def test_a_new_name_keeps_them_and_deletion_takes_them(django_capture_on_commit_callbacks: Any) -> None:
    garment = factories.garment(image=default_storage.save("garments/p.jpg", ContentFile(b"x")))
    previews_request(garment=garment)
    (work,) = work_claim(model=GarmentPreview, limit=1)
    preview_finish(preview=work, png=b"x")
    garment_update(garment=garment, name="Other")
    name = GarmentPreview.objects.get(pk=work.pk).image.name
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        garment_delete(garment=garment)
    assert not default_storage.exists(name)


def test_preparing_again_begins_anew_and_asks_for_a_post(merchant: Client) -> None:
    garment = factories.garment(status="failed", error_code="worker_lost", attempts=3)
    assert merchant.get(page_of(garment, "prepare")).status_code == 405
    assert merchant.post(page_of(garment, "prepare")).status_code == 302
    garment.refresh_from_db()
    assert (garment.status, garment.attempts) == ("queued", 0)


def test_a_trainer_looks_and_touches_nothing(client: Client) -> None:
    user = factories.user("trainer", is_staff=True)
    user.groups.add(Group.objects.get(name=TRAINER))
    client.force_login(user)
    garment = factories.garment()
    page = client.get(page_of(garment)).text
    assert 'data-verdict="good"' in page
    assert "Try it on the sample shoppers" not in page
    assert client.post(page_of(garment, "preview")).status_code == 403


def test_what_does_not_exist_is_a_404(merchant: Client) -> None:
    unknown = Garment()
    assert merchant.get(page_of(unknown, "status")).status_code == 404
    assert merchant.get(page_of(unknown)).status_code == 302
