"""What is stored is ciphertext, opens for its owner alone, and cannot be altered unseen."""

import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from tests.tryon import factories
from tryon.key_ring import SealError
from tryon.models import ErasureReceipt, PendingDeletion, SealedObject, Shopper
from tryon.services import photo_store
from tryon.services.photo_store import (
    DELETION_GRACE,
    deletions_sweep,
    object_erase,
    object_open,
    object_reassign,
    object_seal,
)
from tryon.services.receipts import receipt_verify

pytestmark = pytest.mark.django_db
CANARY = b"the pixels of a person " * 100
Reason = ErasureReceipt.Reason


@pytest.fixture
def shopper() -> Shopper:
    return factories.shopper()


@pytest.fixture
def sealed(shopper: Shopper) -> SealedObject:
    return factories.sealed(shopper, data=CANARY)


def stored(sealed: SealedObject) -> bytes:
    with storages["private"].open(sealed.storage_name) as file:
        return file.read()


def store(sealed: SealedObject, content: bytes) -> None:
    storages["private"].delete(sealed.storage_name)
    storages["private"].save(sealed.storage_name, ContentFile(content))


def exists(sealed: SealedObject) -> bool:
    return storages["private"].exists(sealed.storage_name)


@pytest.mark.parametrize("data", [b"", b"x", CANARY, os.urandom(3_000_000)], ids=len)
def test_what_is_sealed_opens_again(shopper: Shopper, data: bytes) -> None:
    sealed = factories.sealed(shopper, data=data)

    assert object_open(sealed=SealedObject.objects.get(pk=sealed.pk)) == data
    assert sealed.size == len(data)
    assert PendingDeletion.objects.count() == 0


def test_neither_store_nor_row_holds_plaintext(sealed: SealedObject) -> None:
    row = SealedObject.objects.values().get(pk=sealed.pk)
    content = stored(sealed)

    assert CANARY[:16] not in content
    assert all(
        CANARY[:16] not in bytes(value) for value in row.values() if isinstance(value, bytes | memoryview)
    )


def test_same_picture_twice_is_different_ciphertext(shopper: Shopper) -> None:
    first, second = (factories.sealed(shopper, data=CANARY) for _ in range(2))

    assert stored(first) != stored(second)
    assert bytes(first.wrapped_key) != bytes(second.wrapped_key)


def _flip(content: bytes, bit: int) -> bytes:
    bit %= len(content) * 8
    altered = bytearray(content)
    altered[bit // 8] ^= 1 << bit % 8
    return bytes(altered)


ALTERATIONS: st.SearchStrategy[Callable[[bytes], bytes]] = st.one_of(
    st.integers(0, 1 << 30).map(lambda bit: lambda content: _flip(content, bit)),
    st.integers(0, 1 << 30).map(lambda cut: lambda content: content[: cut % len(content)]),
    st.binary(min_size=1, max_size=40).map(lambda tail: lambda content: content + tail),
    st.binary(min_size=1, max_size=40).map(lambda head: lambda content: head + content),
)


@given(alter=ALTERATIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_altered_bytes_never_open(sealed: SealedObject, alter: Callable[[bytes], bytes]) -> None:
    original = stored(sealed)
    store(sealed, alter(original))
    try:
        with pytest.raises(SealError):
            object_open(sealed=sealed)
    finally:
        store(sealed, original)


@given(alter=ALTERATIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_altered_key_never_opens(sealed: SealedObject, alter: Callable[[bytes], bytes]) -> None:
    altered = SealedObject.objects.get(pk=sealed.pk)
    altered.wrapped_key = alter(bytes(sealed.wrapped_key))

    with pytest.raises(SealError):
        object_open(sealed=altered)


@given(cut=st.integers(1, 2_500_000))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_large_object_cut_at_any_segment_never_opens(shopper: Shopper, cut: int) -> None:
    large = factories.sealed(shopper, data=bytes(2_500_000))
    store(large, stored(large)[:-cut])

    with pytest.raises(SealError):
        object_open(sealed=large)


@pytest.mark.parametrize(
    "change",
    [
        {"id": uuid.UUID(int=1)},
        {"kind": "result"},
        {"version": 2},
        {"media_type": "image/png"},
        {"shopper_id": uuid.UUID(int=1)},
        {"key_id": "k9"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_row_that_says_something_else_does_not_open(sealed: SealedObject, change: dict[str, object]) -> None:
    for name, value in change.items():
        setattr(sealed, name, value)

    with pytest.raises(SealError):
        object_open(sealed=sealed)


@pytest.mark.parametrize("fields", [["storage_name"], ["wrapped_key"], ["storage_name", "wrapped_key"]])
def test_objects_of_one_shopper_cannot_be_swapped(
    sealed: SealedObject, shopper: Shopper, fields: list[str]
) -> None:
    other = factories.sealed(shopper, data=b"another picture")
    for name in fields:
        setattr(sealed, name, getattr(other, name))

    with pytest.raises(SealError):
        object_open(sealed=sealed)


def test_missing_bytes_are_a_broken_seal(sealed: SealedObject) -> None:
    storages["private"].delete(sealed.storage_name)

    with pytest.raises(SealError):
        object_open(sealed=sealed)


def test_new_key_wraps_and_old_key_still_opens(sealed: SealedObject, settings: Settings) -> None:
    settings.PHOTO_KEYS = {"k2": bytes(32), **settings.PHOTO_KEYS}
    newer = factories.sealed(sealed.shopper, data=b"newer")

    assert (sealed.key_id, newer.key_id) == ("k1", "k2")
    assert object_open(sealed=sealed) == CANARY
    assert object_open(sealed=newer) == b"newer"


def test_key_that_left_the_ring_opens_nothing(sealed: SealedObject, settings: Settings) -> None:
    settings.PHOTO_KEYS = {"k2": bytes(32)}

    with pytest.raises(SealError):
        object_open(sealed=sealed)


def test_reassigned_object_opens_for_its_new_owner_alone(sealed: SealedObject) -> None:
    before, other = stored(sealed), factories.shopper()
    object_reassign(sealed=sealed, shopper=other)
    row = SealedObject.objects.get(pk=sealed.pk)

    assert row.shopper == other
    assert object_open(sealed=row) == CANARY
    assert stored(sealed) == before
    row.shopper = Shopper.objects.exclude(pk=other.pk).get()
    with pytest.raises(SealError):
        object_open(sealed=row)


def test_erased_object_has_no_key_no_bytes_and_a_valid_receipt(
    sealed: SealedObject, django_capture_on_commit_callbacks: Callable
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        receipt = object_erase(sealed=sealed, reason=Reason.REQUESTED)

    assert not exists(sealed)
    assert SealedObject.objects.count() == PendingDeletion.objects.count() == 0
    assert (receipt.object_id, receipt.kind, receipt.reason) == (sealed.pk, "photo", "requested")
    assert receipt_verify(receipt=ErasureReceipt.objects.get())


def test_erasing_again_returns_the_first_receipt(sealed: SealedObject) -> None:
    first = object_erase(sealed=sealed, reason=Reason.REQUESTED)

    assert object_erase(sealed=sealed, reason=Reason.EXPIRED) == first
    assert ErasureReceipt.objects.get().reason == "requested"


@pytest.mark.parametrize(
    "change",
    [
        {"object_id": uuid.UUID(int=1)},
        {"id": uuid.UUID(int=1)},
        {"reason": "expired"},
        {"kind": "result"},
        {"signature": "AAAA"},
        {"signature": "not base64"},
        {"erased_at": timezone.now()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_altered_receipt_is_not_ours(sealed: SealedObject, change: dict[str, object]) -> None:
    receipt = object_erase(sealed=sealed, reason=Reason.REQUESTED)
    for name, value in change.items():
        setattr(receipt, name, value)

    assert not receipt_verify(receipt=receipt)


def test_store_that_fails_leaves_the_deletion_to_the_sweep(
    sealed: SealedObject, django_capture_on_commit_callbacks: Callable
) -> None:
    with (
        patch.object(storages["private"], "delete", side_effect=OSError("down")),
        django_capture_on_commit_callbacks(execute=True),
    ):
        object_erase(sealed=sealed, reason=Reason.REQUESTED)
    assert exists(sealed)
    assert SealedObject.objects.count() == 0

    assert deletions_sweep(now=timezone.now()) == 0, "still left to whoever announced it"
    assert deletions_sweep(now=timezone.now() + DELETION_GRACE + timedelta(seconds=1)) == 1
    assert not exists(sealed)
    assert PendingDeletion.objects.count() == 0


def test_crash_before_the_row_is_written_leaves_no_bytes(shopper: Shopper) -> None:
    with patch.object(SealedObject, "save", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        object_seal(shopper=shopper, kind="photo", media_type="image/jpeg", data=CANARY)
    name = PendingDeletion.objects.get().storage_name
    assert storages["private"].exists(name)

    assert deletions_sweep(now=timezone.now() + timedelta(hours=1)) == 1
    assert not storages["private"].exists(name)


def test_object_swept_while_it_is_stored_is_not_recorded(shopper: Shopper) -> None:
    save = storages["private"].save

    def slow_save(name: str, content: ContentFile) -> None:
        save(name, content)
        deletions_sweep(now=timezone.now() + timedelta(hours=1))

    with patch.object(storages["private"], "save", slow_save), pytest.raises(TimeoutError):
        factories.sealed(shopper)

    assert SealedObject.objects.count() == PendingDeletion.objects.count() == 0


def test_one_stubborn_object_does_not_keep_the_others(shopper: Shopper) -> None:
    names = [f"aa/{number}" for number in range(3)]
    for name in names:
        storages["private"].save(name, ContentFile(b"noise"))
        PendingDeletion.objects.create(storage_name=name)
    delete = storages["private"].delete

    def stubborn(name: str) -> None:
        if name == names[0]:
            raise OSError("no")
        delete(name)

    with patch.object(storages["private"], "delete", stubborn):
        assert deletions_sweep(now=timezone.now() + timedelta(hours=1)) == 2

    assert list(PendingDeletion.objects.values_list("storage_name", flat=True)) == names[:1]


def test_large_ciphertext_waits_on_disk_and_nothing_else_does(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_store, "SPOOL_BYTES", 1000)
    data = b"a face, again and again " * 1000
    spools: list[bytes] = []
    save = storages["private"].save

    def watched(name: str, content: File) -> str:
        assert content.file._rolled
        spools.append(content.read())
        return save(name, content)

    monkeypatch.setattr(storages["private"], "save", watched)
    sealed = factories.sealed(shopper, data=data)
    assert object_open(sealed=sealed) == data
    assert b"a face" not in spools[0]
    assert len(spools[0]) > len(data)
