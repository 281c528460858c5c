"""The photo store's promises on an S3-compatible store, over real HTTP."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from moto.server import ThreadedMotoServer
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from config.stores import create_buckets
from tests.tryon import factories
from tryon.key_ring import SealError
from tryon.ledger import Ledger, ledger_read
from tryon.models import ErasureReceipt, PendingDeletion
from tryon.services.photo_store import object_erase, object_open

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _bucket(endpoint: str, settings: Settings) -> None:
    options = {
        "bucket_name": "private",
        "endpoint_url": endpoint,
        "access_key": "k",
        "secret_key": "s",
        "region_name": "us-east-1",
        "base_url": None,
    }
    private = {"BACKEND": "config.stores.BucketStore", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"private": private}
    create_buckets(storages["private"])


def test_object_lives_and_dies_in_a_bucket(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sealed = factories.sealed(factories.shopper(), data=b"the pixels of a person")
    assert object_open(sealed=sealed) == b"the pixels of a person"
    with storages["private"].open(sealed.storage_name) as file:
        assert b"pixels" not in file.read()
    out = StringIO()
    call_command("verify", stdout=out)
    assert "files without a row: 0" in out.getvalue()

    with django_capture_on_commit_callbacks(execute=True):
        object_erase(sealed=sealed, reason=ErasureReceipt.Reason.REQUESTED)
    assert not storages["private"].exists(sealed.storage_name)
    assert PendingDeletion.objects.count() == 0


def test_missing_object_is_a_broken_seal() -> None:
    sealed = factories.sealed(factories.shopper())
    storages["private"].delete(sealed.storage_name)

    with pytest.raises(SealError):
        object_open(sealed=sealed)


def test_the_ledger_lives_in_a_bucket_too(settings: Settings) -> None:
    options = settings.STORAGES["private"]["OPTIONS"] | {"bucket_name": "ledger"}
    settings.STORAGES = settings.STORAGES | {
        "ledger": {"BACKEND": "config.stores.BucketStore", "OPTIONS": options}
    }
    create_buckets(storages["ledger"])
    assert ledger_read() == Ledger([], [])
    receipt = object_erase(
        sealed=factories.sealed(factories.shopper()), reason=ErasureReceipt.Reason.REQUESTED
    )

    assert [entry.id for entry in ledger_read().entries] == [receipt.pk]
