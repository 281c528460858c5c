"""Whatever is sealed, moved, erased and interrupted: no byte is forgotten, and every row opens."""

from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, storages
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.tryon import factories
from tryon.models import ErasureReceipt, PendingDeletion, SealedObject, Shopper
from tryon.services.photo_store import deletions_sweep, object_erase, object_open, object_reassign

pytestmark = pytest.mark.django_db
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["seal", "move", "erase", "sweep"]),
        st.sampled_from([None, "before", "after"]),
        st.integers(0, 9),
    ),
    max_size=12,
)


class CrashError(Exception):
    """Power cut, store down, process killed."""


class StubStore(InMemoryStorage):
    """A private store that crashes, when told so, before or after it has done what it was asked to."""

    crash: str | None = None

    def save(self, name: str, content: ContentFile, max_length: int | None = None) -> str:
        return self._crashing(super().save, name, content)

    def delete(self, name: str) -> None:
        self._crashing(super().delete, name)

    def _crashing(self, act: Callable, *arguments: object) -> str:
        if self.crash == "before":
            raise CrashError
        answer = act(*arguments)
        if self.crash == "after":
            raise CrashError
        return answer

    def names(self) -> set[str]:
        return {f"{folder}/{name}" for folder in self.listdir("")[0] for name in self.listdir(folder)[1]}


@pytest.fixture
def store(settings: Settings) -> StubStore:
    settings.STORAGES = settings.STORAGES | {"private": {"BACKEND": f"{__name__}.StubStore"}}
    backend = storages["private"]
    assert isinstance(backend, StubStore)
    return backend


def act(step: str, choice: int, owners: list[Shopper]) -> None:
    rows = SealedObject.objects.order_by("created_at")
    row = rows[choice % len(rows)] if rows else None
    owner = owners[choice % len(owners)]
    if step == "seal":
        factories.sealed(owner, data=b"a picture")
    elif step == "sweep":
        deletions_sweep(now=timezone.now() + timedelta(hours=1))
    elif row and step == "move":
        object_reassign(sealed=row, shopper=owner)
    elif row:
        object_erase(sealed=row, reason=ErasureReceipt.Reason.REQUESTED)


def named() -> set[str]:
    return {row.storage_name for model in (SealedObject, PendingDeletion) for row in model.objects.all()}


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_crash_leaves_a_forgotten_byte_or_a_broken_row(
    store: StubStore, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, steps: list
) -> None:
    owners = [factories.shopper() for _ in range(2)]
    for step, crash, choice in steps:
        with patch.object(store, "crash", crash), django_capture_on_commit_callbacks(execute=True):
            try:
                act(step, choice, owners)
            except CrashError:
                assert step == "seal", "all other crashes are left to the sweep"
        assert store.names() <= named()
        assert all(object_open(sealed=row) == b"a picture" for row in SealedObject.objects.all())

    deletions_sweep(now=timezone.now() + timedelta(hours=1))
    assert PendingDeletion.objects.count() == 0
    assert store.names() == set(SealedObject.objects.values_list("storage_name", flat=True))


@pytest.mark.django_db(transaction=True)
def test_sealing_inside_a_transaction_is_refused(store: StubStore) -> None:
    """Its rollback would forget the bytes."""
    owner = factories.shopper()

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        factories.sealed(owner)
    assert store.names() == set()
