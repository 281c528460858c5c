"""The pages on which staff put a model into service, try one out and roll back."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from tests.tryon import factories
from tryon.models import Garment, ModelVersion, PendingAuditEntry
from tryon.selectors.model_versions import models_serving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
LIST = "/admin/tryon/modelversion/"


def staff(*permissions: str) -> Client:
    """Logged in, with these rights alone."""
    user = factories.user("trainer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def trainer() -> Client:
    return staff("view_modelversion", "promote_modelversion")


def in_service() -> str | None:
    current = models_serving().current
    return current.name if current else None


def act(client: Client, action: str, version: ModelVersion | None = None, **fields: object) -> list[str]:
    """Confirm; returns the messages that follow, none if the page asks again."""
    address = f"{LIST}{version.pk}/{action}/" if version else f"{LIST}{action}/"
    answer = client.post(address, fields, follow=True)
    assert answer.status_code == 200
    return [str(message) for message in answer.context["messages"]]


def test_the_page_asks_before_it_promotes(trainer: Client) -> None:
    version = factories.model_version("autumn")
    page = trainer.get(f"{LIST}{version.pk}/promote/").content.decode()
    assert "Put autumn into service?" in page
    assert "In service now: the built-in version." in page
    assert in_service() is None
    assert act(trainer, "promote", version) == ["autumn is in service."]
    assert in_service() == "autumn"
    assert (
        "This model version is in service already."
        in trainer.get(f"{LIST}{version.pk}/promote/").content.decode()
    )
    assert act(trainer, "promote", version)[0].startswith("This model version is in service already.")


def test_a_worse_version_asks_for_the_reason(trainer: Client) -> None:
    version = factories.model_version("worse", verdict="worse")
    assert act(trainer, "promote", version) == []
    assert act(trainer, "promote", version, override_reason="x" * 65) == []
    assert in_service() is None
    assert act(trainer, "promote", version, override_reason="New season") == ["worse is in service."]


def test_a_share_in_per_cent(trainer: Client) -> None:
    version = factories.model_version("autumn")
    assert act(trainer, "canary", version, percent="101") == []
    assert act(trainer, "canary", version, percent="25") == ["The share is set."]
    version.refresh_from_db()
    assert (version.status, version.share) == ("canary", 0.25)
    page = trainer.get(LIST).content.decode()
    assert "25% of the try-ons" in page
    act(trainer, "canary", version, percent="0")
    version.refresh_from_db()
    assert version.status == "candidate"


def test_a_double_click_rolls_back_once(trainer: Client) -> None:
    first, second = factories.model_version("first"), factories.model_version("second")
    assert "there is none before it" in trainer.get(f"{LIST}roll_back/").content.decode()
    for version in (first, second):
        act(trainer, "promote", version)
    page = trainer.get(f"{LIST}roll_back/").content.decode()
    assert "In service now: second. From the next try-on on: first." in page
    assert f'name="of" value="{second.pk}"' in page
    assert act(trainer, "roll_back", of=second.pk) == ["first is in service."]
    (told,) = act(trainer, "roll_back", of=second.pk)
    assert told.startswith("This model version is in service no longer.")
    assert in_service() == "first"


def test_all_garments_can_be_prepared_again(trainer: Client) -> None:
    factories.garment()
    assert act(trainer, "renew_garments") == ["The garments will be prepared again."]
    assert Garment.objects.get().outdated


def test_the_trail_knows_who_promoted(trainer: Client) -> None:
    act(trainer, "promote", factories.model_version("autumn"))
    entry = PendingAuditEntry.objects.get(action="promote")
    assert (entry.actor_kind, entry.object_kind, len(entry.actor) > 0) == ("staff", "modelversion", True)


def test_who_may_look_may_not_promote() -> None:
    reader, version = staff("view_modelversion"), factories.model_version("autumn")
    assert reader.get(f"{LIST}{version.pk}/change/").status_code == 200
    assert "promote" not in reader.get(f"{LIST}{version.pk}/change/").content.decode().split("<main")[-1]
    for address in (f"{version.pk}/promote/", f"{version.pk}/canary/", "roll_back/", "renew_garments/"):
        assert reader.post(LIST + address).status_code == 403
    assert in_service() is None


def test_the_list_says_what_is_to_be_known(trainer: Client) -> None:
    base = factories.model_version("base", status="current")
    factories.model_version(
        "child", base=base, verdict="worse", metrics={"why": "More leaks."}, tainted_at=base.promoted_at
    )
    factories.model_version("broken", status="damaged")
    page = trainer.get(LIST).content.decode()
    for text in ("In service", "Worse", "More leaks.", "Yes", "Damaged", "Not judged"):
        assert text in page
    detail = trainer.get(f"{LIST}{base.pk}/change/").content.decode()
    assert "('current'" not in detail
