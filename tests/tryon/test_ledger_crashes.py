"""Wherever an erasure is interrupted: what is gone is in the ledger, and what is not in it is still there."""

from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, storages
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.tryon import factories
from tests.tryon.api.browsers import browser_of
from tryon.ledger import LedgerDownError, ledger_read
from tryon.models import Consent, ErasureReceipt, Photo, SealedObject, Shopper, TrainingSample
from tryon.services.photo_store import object_open
from tryon.services.photos import photo_erase
from tryon.services.replay import erasures_undone

pytestmark = pytest.mark.django_db
REQUESTED = ErasureReceipt.Reason.REQUESTED


class CrashError(Exception):
    """Power cut, store down, process killed."""


class StubLedger(InMemoryStorage):
    """Crashes at the n-th entry (from 0), before or after it is stored, when told so."""

    crash: tuple[int, str] | None = None
    saved = 0

    def save(self, name: str, content: ContentFile, max_length: int | None = None) -> str:
        number, self.saved = self.saved, self.saved + 1
        if self.crash == (number, "before"):
            raise CrashError
        answer = super().save(name, content)
        if self.crash == (number, "after"):
            raise CrashError
        return answer


@pytest.fixture
def ledger(settings: Settings) -> StubLedger:
    settings.STORAGES = settings.STORAGES | {
        "ledger": {"BACKEND": f"{__name__}.StubLedger"},
        "private": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    backend = storages["ledger"]
    assert isinstance(backend, StubLedger)
    return backend


def in_ledger() -> set[str]:
    return {entry.object_id for entry in ledger_read().entries}


@given(
    crash=st.one_of(st.none(), st.tuples(st.integers(0, 3), st.sampled_from(["before", "after"]))),
    results=st.integers(0, 2),
    dies_before_commit=st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_gone_is_in_the_ledger(
    ledger: StubLedger,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    crash: tuple[int, str] | None,
    results: int,
    dies_before_commit: bool,
) -> None:
    photo = factories.photo(factories.shopper())
    for _ in range(results):
        factories.tryon(photo, status="succeeded", result=True)
    objects = set(SealedObject.objects.filter(shopper=photo.shopper))
    with (
        patch.object(ledger, "crash", crash),
        patch.object(ledger, "saved", 0),
        django_capture_on_commit_callbacks(execute=True),
    ):
        try:
            with transaction.atomic():
                photo_erase(photo=photo, reason=REQUESTED)
                if dies_before_commit:
                    raise CrashError
            crashed = False
        except (CrashError, LedgerDownError):
            crashed = True

    left = set(SealedObject.objects.filter(shopper=photo.shopper))
    assert left == (objects if crashed else set())
    assert all(object_open(sealed=sealed) for sealed in left)
    assert {str(sealed.pk) for sealed in objects - left} <= in_ledger()
    # What was entered and not erased after all is found, and can be erased at any time.
    undone = {each.name for each in erasures_undone(ledger=ledger_read())}
    assert (
        undone & {str(sealed.pk) for sealed in objects} == {str(sealed.pk) for sealed in left} & in_ledger()
    )


def test_a_ledger_that_is_down_refuses_the_erasure_and_not_for_good(ledger: StubLedger) -> None:
    photo = factories.photo(factories.shopper())
    with patch.object(ledger, "crash", (0, "before")), pytest.raises(LedgerDownError):
        photo_erase(photo=photo, reason=REQUESTED)
    assert Photo.objects.get() == photo
    assert not ErasureReceipt.objects.exists()

    receipt = photo_erase(photo=photo, reason=REQUESTED)
    assert [entry.id for entry in ledger_read().entries] == [receipt.pk]


def test_a_shopper_is_told_when_nothing_could_be_deleted(ledger: StubLedger) -> None:
    photo = factories.photo(factories.shopper())
    browser = browser_of(photo.shopper)
    with patch.object(ledger, "crash", (0, "before")):
        refused = browser.delete(f"/api/v1/photos/{photo.pk}/")
    assert (refused.status_code, refused.json()["code"]) == (503, "erasure_failed")
    assert Photo.objects.get() == photo

    with patch.object(ledger, "crash", (1, "before")):
        page = browser.post(f"/tryon/photos/{photo.pk}/delete/", follow=True)
    assert "everything is still there" in page.text
    assert "are deleted" not in page.text
    assert Photo.objects.get() == photo
    assert browser.delete(f"/api/v1/photos/{photo.pk}/").status_code == 200


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(factories.user("root", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("entry", [0, 1, 2])
@pytest.mark.parametrize("model", ["shopper", "user", "trainingsample"])
def test_staff_are_told_when_nothing_could_be_erased(
    ledger: StubLedger, root: Client, model: str, entry: int
) -> None:
    shoppers = [factories.shopper(user=factories.user(name)) for name in ("ada", "eve", "ida")]
    for shopper in shoppers:
        factories.sample(factories.photo(shopper))
    chosen = {
        "shopper": shoppers,
        "user": [shopper.user for shopper in shoppers],
        "trainingsample": list(TrainingSample.objects.all()),
    }[model]
    before = everything()
    action = "delete_selected" if model == "trainingsample" else "erase"
    data = {"action": action, "_selected_action": [row.pk for row in chosen], "post": "yes"}
    page = f"/admin/{'shop' if model == 'user' else 'tryon'}/{model}/"
    with patch.object(ledger, "crash", (entry, "before")):
        answer = root.post(page, data, follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert "everything is still there" in answer.text
    assert everything() == before

    root.post(page, data)
    assert not type(chosen[0]).objects.filter(pk__in=[row.pk for row in chosen]).exists()


def test_staff_are_told_when_a_sample_could_not_be_deleted(ledger: StubLedger, root: Client) -> None:
    sample = factories.sample()
    before = everything()
    page = f"/admin/tryon/trainingsample/{sample.pk}/delete/"
    with patch.object(ledger, "crash", (0, "before")):
        answer = root.post(page, {"post": "yes"}, follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert "everything is still there" in answer.text
    assert everything() == before


def everything() -> dict[str, set[object]]:
    """What an erasure would take."""
    models = (
        get_user_model(),
        Shopper,
        Photo,
        TrainingSample,
        Consent,
        SealedObject,
        ErasureReceipt,
        LogEntry,
    )
    return {model.__name__: set(model._default_manager.values_list("pk", flat=True)) for model in models}
