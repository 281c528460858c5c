"""The chain of the audit trail: what was altered or removed is found, whoever did it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tryon.audit_chain import chain_faults
from tryon.models import AuditEntry, AuditHead, PendingAuditEntry
from tryon.services.audit import audit_link, audit_overdue, audit_record

pytestmark = pytest.mark.django_db


def a_trail(length: int) -> None:
    for number in range(length):
        audit_record(action="view", object_kind="photo", object_id=number)
    assert audit_link() == length


def tampered(statement: str, *parameters: object) -> None:
    """What somebody does who owns the database."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tryon_auditentry DISABLE TRIGGER tryon_auditentry_append_only")
        cursor.execute(statement, parameters)
        cursor.execute("ALTER TABLE tryon_auditentry ENABLE TRIGGER tryon_auditentry_append_only")


@pytest.mark.parametrize(
    "change",
    [
        lambda: AuditEntry.objects.filter(number=2).update(note="nothing to see"),
        lambda: AuditEntry.objects.filter(number=2).delete(),
        lambda: AuditEntry.objects.get(number=3).save(),
    ],
)
def test_the_database_refuses_to_change_or_delete(change: Callable[[], object]) -> None:
    a_trail(3)
    with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction.atomic():
        change()
    assert AuditEntry.objects.count() == 3
    assert chain_faults() == []


def test_numbers_have_no_gaps_over_several_links() -> None:
    a_trail(3)
    a_trail(2)

    assert list(AuditEntry.objects.order_by("number").values_list("number", "object_id")) == [
        (1, "0"), (2, "1"), (3, "2"), (4, "0"), (5, "1"),
    ]  # fmt: skip
    assert chain_faults() == []
    assert audit_link() == 0


@pytest.mark.parametrize("field", ["at", "actor", "action", "object_kind", "object_id", "subject", "note"])
def test_an_altered_entry_is_found(field: str) -> None:
    a_trail(4)
    value = timezone.now() + timedelta(days=1) if field == "at" else "x"
    tampered(f"UPDATE tryon_auditentry SET {field} = %s WHERE number = 2", value)

    assert chain_faults() == ["2 altered"]


def test_two_entries_that_changed_places_are_found() -> None:
    a_trail(4)
    tampered("UPDATE tryon_auditentry SET number = 9 WHERE number = 2")
    tampered("UPDATE tryon_auditentry SET number = 2 WHERE number = 3")
    tampered("UPDATE tryon_auditentry SET number = 3 WHERE number = 9")

    assert chain_faults() == ["2 altered", "3 altered", "4 altered"]


@pytest.mark.parametrize(
    ("condition", "faults"),
    [
        ("number = 1", ["1 missing"]),
        ("number IN (2, 3)", ["2 missing", "3 missing"]),
        ("number = 4", ["head"]),
        ("true", ["head"]),
    ],
)
def test_a_removed_entry_is_found(condition: str, faults: list[str]) -> None:
    a_trail(4)
    tampered(f"DELETE FROM tryon_auditentry WHERE {condition}")

    assert chain_faults() == faults


def test_a_head_that_was_set_back_is_found() -> None:
    a_trail(4)
    tampered("DELETE FROM tryon_auditentry WHERE number = 4")
    AuditHead.objects.update(number=3, digest=AuditEntry.objects.get(number=3).digest)
    assert chain_faults() == ["head"]

    AuditHead.objects.all().delete()
    assert chain_faults() == ["head"]


def test_a_chain_of_another_key_is_not_ours(settings: Settings) -> None:
    a_trail(1)
    settings.RECEIPT_KEY = bytes(32)

    assert chain_faults() == ["1 altered", "head"]


def test_verify_names_what_is_wrong_with_the_trail() -> None:
    a_trail(3)
    tampered("UPDATE tryon_auditentry SET note = 'x' WHERE number = 3")
    out = StringIO()
    with pytest.raises(CommandError, match="not in order"):
        call_command("verify", stdout=out)

    assert "audit entries altered or missing: 1 3 altered\n" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_linked_after_the_commit_and_not_without_it() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012
        audit_record(action="view", object_kind="photo")
        raise RuntimeError
    assert not PendingAuditEntry.objects.exists()

    with transaction.atomic():
        audit_record(action="view", object_kind="photo")
        assert not AuditEntry.objects.exists()
    assert AuditEntry.objects.get().number == 1
    assert not PendingAuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain() -> None:
    def record() -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    audit_record(action="view", object_kind="photo")
        finally:
            connection.close()

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=600)
    audit_link()
    assert list(AuditEntry.objects.order_by("number").values_list("number", flat=True)) == [*range(1, 21)]
    assert chain_faults() == []


def test_entries_that_wait_too_long_are_an_alarm(client: Client, settings: Settings) -> None:
    audit_record(action="view", object_kind="photo")
    assert audit_overdue(before=timezone.now() - timedelta(minutes=1)) == 0
    late = timezone.now() - settings.TRYON["SWEEP_OVERDUE_ALARM"] - timedelta(seconds=1)
    PendingAuditEntry.objects.update(created_at=late)

    assert client.get("/readyz").json()["checks"]["audit"] is False
    with pytest.raises(CommandError):
        call_command("verify", stdout=StringIO())
    audit_link()
    assert client.get("/readyz").json()["checks"]["audit"] is True
