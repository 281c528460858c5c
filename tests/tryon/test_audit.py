"""What the audit trail says: who saw, changed and erased what, and nobody is named in it."""

import uuid
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from shop.models import Order
from tests.tryon import factories
from tests.tryon.api.browsers import browser_of
from tryon.actors import Actor, acting
from tryon.audit_chain import chain_faults
from tryon.models import AuditEntry, ErasureReceipt, PendingAuditEntry, Shopper
from tryon.pseudonyms import account_pseudonym, shopper_pseudonym
from tryon.selectors.audit import audit_of
from tryon.services.accounts import account_erase
from tryon.services.audit import audit_link, audit_record
from tryon.services.consents import consent_give, consent_withdraw
from tryon.services.export import person_export
from tryon.services.key_rotation import keys_rotate
from tryon.services.photos import photo_erase
from tryon.services.shoppers import shopper_merge

pytestmark = pytest.mark.django_db
Fact = tuple[str, str, str, str]


@pytest.fixture
def shopper() -> Shopper:
    row = factories.shopper()
    PendingAuditEntry.objects.all().delete()
    return row


def recorded() -> list[Fact]:
    """Actor, action, kind of object, note, of what is not linked yet; forgotten after."""
    rows = PendingAuditEntry.objects.order_by("pk")
    facts = list(rows.values_list("actor_kind", "action", "object_kind", "note"))
    rows.delete()
    return facts


def test_erasing_a_photo_is_recorded_for_each_object(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    factories.tryon(photo, status="succeeded", result=True)
    photo_erase(photo=photo, reason=ErasureReceipt.Reason.REQUESTED)

    subjects = set(PendingAuditEntry.objects.values_list("subject", flat=True))
    assert subjects == {shopper_pseudonym(shopper.pk)}
    assert recorded() == [
        ("system", "erase", "result", "requested"),
        ("system", "erase", "photo", "requested"),
    ]


def test_consents_are_recorded_once_each(shopper: Shopper) -> None:
    for _ in range(2):
        consent_give(shopper=shopper, purpose="training", version="2026-11")
    for _ in range(2):
        consent_withdraw(shopper=shopper, purpose="training")

    assert recorded() == [
        ("system", "consent", "consent", "2026-11"),
        ("system", "withdraw", "consent", ""),
        ("system", "erase", "consent", "withdrawn"),
    ]


def test_a_rotation_is_recorded_if_it_did_something(shopper: Shopper, settings: Settings) -> None:
    factories.photo(shopper)
    settings.PHOTO_KEYS = {"k2": bytes(32), **settings.PHOTO_KEYS}
    for _ in range(2):
        keys_rotate()

    assert recorded() == [("system", "rotate", "key", "1 by k2")]


def test_an_export_is_recorded_with_who_asked(shopper: Shopper) -> None:
    with acting(lambda: Actor("operator")):
        person_export(shopper=shopper, user=None)

    assert recorded() == [("operator", "export", "shopper", "")]


def test_commands_act_as_the_operator(shopper: Shopper) -> None:
    call_command("erase", "--photo", str(factories.photo(shopper).pk), stdout=StringIO())

    assert recorded() == [("operator", "erase", "photo", "requested")]


@pytest.mark.usefixtures("valkey")
def test_a_guest_and_an_account_act_by_pseudonym(shopper: Shopper, client: Client) -> None:
    photo = factories.photo(shopper)
    browser_of(shopper).delete(f"/api/v1/photos/{photo.pk}/")
    row = PendingAuditEntry.objects.get()
    assert (row.actor_kind, row.actor, row.object_id) == (
        "guest",
        shopper_pseudonym(shopper.pk),
        str(photo.pk),
    )
    assert uuid.UUID(row.request_id)
    recorded()

    user = factories.user("ada")
    client.force_login(user)
    client.post("/api/v1/consents/", {"purpose": "tryon", "version": "2026-11"}, "application/json")
    row = PendingAuditEntry.objects.get()
    assert (row.actor_kind, row.actor, row.action) == ("account", account_pseudonym(user.pk), "consent")


def staff_browser() -> Client:
    browser = Client()
    browser.force_login(factories.user("staff", is_staff=True, is_superuser=True))
    return browser


def test_staff_who_look_at_a_shoppers_rows_are_recorded(shopper: Shopper) -> None:
    job = factories.tryon(factories.photo(shopper), status="succeeded", result=True)
    browser = staff_browser()
    rows = [shopper, shopper.consents.get(), job.photo, job, job.result]
    recorded()
    for row in rows:
        browser.get(reverse(f"admin:tryon_{row._meta.model_name}_change", args=[row.pk]))
        (entry,) = PendingAuditEntry.objects.all()
        assert (entry.actor_kind, entry.action, entry.object_kind) == ("staff", "view", row._meta.model_name)
        assert entry.subject == shopper_pseudonym(shopper.pk)
        assert entry.object_id == (entry.subject if row is shopper else str(row.pk))
        recorded()
        browser.get(reverse(f"admin:tryon_{row._meta.model_name}_changelist"))
        assert recorded() == [("staff", "list", row._meta.model_name, "")]


def test_staff_who_look_at_accounts_and_orders_are_recorded() -> None:
    user = factories.user("ada")
    order = Order.objects.create(user=user, total=5, name="Ada")
    browser = staff_browser()
    browser.get(reverse("admin:shop_user_change", args=[user.pk]))
    browser.get(reverse("admin:shop_order_change", args=[order.pk]))
    browser.post(
        reverse("admin:shop_order_change", args=[order.pk]),
        {"status": "shipped", "lines-TOTAL_FORMS": 0, "lines-INITIAL_FORMS": 0},
    )

    order.refresh_from_db()
    assert order.status == "shipped"
    assert set(PendingAuditEntry.objects.values_list("subject", flat=True)) == {account_pseudonym(user.pk)}
    assert not PendingAuditEntry.objects.filter(object_id=str(user.pk)).exists()
    assert [fact[:3] for fact in recorded()] == [
        ("staff", "view", "user"),
        ("staff", "view", "order"),
        ("staff", "view", "order"),
        ("staff", "change", "order"),
    ]


def test_who_may_not_see_a_row_is_not_recorded_as_having_seen_it(shopper: Shopper, client: Client) -> None:
    client.force_login(factories.user("staff", is_staff=True))

    assert client.get(reverse("admin:tryon_shopper_change", args=[shopper.pk])).status_code == 403
    assert recorded() == []


def test_only_superusers_read_the_trail_and_nobody_edits_it(client: Client) -> None:
    audit_record(action="view", object_kind="photo")
    audit_link()
    page = reverse("admin:tryon_auditentry_change", args=[1])
    browser = staff_browser()
    assert browser.get(page).status_code == 200
    assert browser.get(reverse("admin:tryon_auditentry_changelist")).status_code == 200
    assert browser.post(page, {"note": "x"}).status_code == 403
    assert (
        browser.post(reverse("admin:tryon_auditentry_delete", args=[1]), {"post": "yes"}).status_code == 403
    )
    client.force_login(factories.user("clerk", is_staff=True))
    assert client.get(page).status_code == 403


def test_a_search_by_name_finds_what_is_about_a_person() -> None:
    user = factories.user("ada")
    audit_record(action="view", object_kind="user", object_id="mine", subject=account_pseudonym(user.pk))
    audit_record(action="view", object_kind="user", object_id="other", subject=account_pseudonym(0))
    audit_link()
    page = staff_browser().get(reverse("admin:tryon_auditentry_changelist"), {"q": "ada"}).content

    assert (b"mine" in page, b"other" in page) == (True, False)


def test_the_trail_outlives_a_person_and_names_nobody(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    user = factories.user("zuzanna")
    shopper = factories.shopper(user=user)
    factories.photo(shopper)
    names = [str(shopper.pk), "zuzanna", "zuzanna@example.com"]
    with django_capture_on_commit_callbacks(execute=True):
        account_erase(user=user)

    rows = list(AuditEntry.objects.order_by("number").values())
    assert [row["object_kind"] for row in rows] == ["consent", "photo", "shopper", "account"]
    assert not [name for name in names if name in str(rows)]
    assert chain_faults() == []


def test_a_person_gets_what_is_about_them_from_before_the_login_too(shopper: Shopper) -> None:
    user = factories.user("ada")
    factories.shopper(user=user)
    photo_erase(photo=factories.photo(shopper), reason=ErasureReceipt.Reason.REQUESTED)
    photo_erase(photo=factories.photo(factories.shopper()), reason=ErasureReceipt.Reason.REQUESTED)
    account = shopper_merge(guest=shopper, user=user)
    audit_link()
    audit_record(action="view", object_kind="user", subject=account_pseudonym(user.pk))

    facts = [(fact["action"], fact["object_kind"]) for fact in audit_of(shopper=account, user=user)]
    assert facts == [
        ("consent", "consent"), ("erase", "photo"), ("merge", "shopper"), ("view", "user"),
    ]  # fmt: skip
