"""What is promised of photos and of weights, on an S3-compatible store, over real HTTP."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from moto.server import ThreadedMotoServer
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from config.stores import create_buckets
from tests.tryon import factories
from tryon.key_ring import SealError
from tryon.ledger import Ledger, ledger_read
from tryon.model_weights import WeightsError, weights_keep, weights_open
from tryon.models import ErasureReceipt, PendingDeletion
from tryon.selectors.stored import old_versions
from tryon.services.photo_store import object_erase, object_open
from tryon.services.replay import erasures_replay

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
        "endpoint_url": endpoint,
        "access_key": "k",
        "secret_key": "s",
        "region_name": "us-east-1",
        "base_url": None,
    }
    for kind in ("private", "models"):
        store = {"BACKEND": "config.stores.BucketStore", "OPTIONS": options | {"bucket_name": kind}}
        settings.STORAGES = settings.STORAGES | {kind: store}
    create_buckets(storages["private"], storages["models"])


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


def test_weights_lie_in_a_bucket_and_are_checked() -> None:
    content = factories.weights(4)
    digest = weights_keep(content=content)
    name = f"{digest}.safetensors"
    assert weights_keep(content=content) == digest
    assert weights_open(digest=digest) == content
    storages["models"].delete(name)
    with pytest.raises(WeightsError, match="is missing"):
        weights_open(digest=digest)
    storages["models"].save(name, ContentFile(factories.weights(5)))
    with pytest.raises(WeightsError, match="is altered"):
        weights_open(digest=digest)
    assert weights_keep(content=content) == digest
    assert weights_open(digest=digest) == content
    assert storages["models"].listdir("")[1] == [name]


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


@pytest.fixture
def versions(settings: Settings) -> None:
    """The bucket keeps versions, as buckets of production often do."""
    options = settings.STORAGES["private"]["OPTIONS"] | {"bucket_name": "versioned"}
    settings.STORAGES = settings.STORAGES | {"private": settings.STORAGES["private"] | {"OPTIONS": options}}
    create_buckets(storages["private"])
    storages["private"].connection.BucketVersioning("versioned").enable()


def versions_kept() -> list[str]:
    return [version.object_key for version in storages["private"].bucket.object_versions.all()]


@pytest.mark.usefixtures("versions")
def test_erasing_takes_every_version(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sealed, kept = (factories.sealed(factories.shopper()) for _ in range(2))
    client = storages["private"].connection.meta.client
    for _ in range(2):
        client.put_object(Bucket="versioned", Key=sealed.storage_name, Body=b"older or newer")
    assert len(versions_kept()) == 4

    with django_capture_on_commit_callbacks(execute=True):
        object_erase(sealed=sealed, reason=ErasureReceipt.Reason.REQUESTED)
    assert versions_kept() == [kept.storage_name]
    assert old_versions() == []


@pytest.mark.usefixtures("versions")
def test_versions_that_a_plain_deletion_left_are_found_and_go_in_the_replay(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    store = storages["private"]
    store.bucket.object_versions.delete()
    sealed = factories.sealed(factories.shopper())
    with django_capture_on_commit_callbacks(execute=True):
        object_erase(sealed=sealed, reason=ErasureReceipt.Reason.REQUESTED)
    client = store.connection.meta.client
    client.put_object(Bucket="versioned", Key=sealed.storage_name, Body=b"ciphertext")
    client.delete_object(Bucket="versioned", Key=sealed.storage_name)
    assert not store.exists(sealed.storage_name)
    assert old_versions() == [sealed.storage_name]

    assert erasures_replay().erased == {"file": 1}
    assert versions_kept() == []


def test_a_bucket_without_versions_has_no_old_ones() -> None:
    factories.sealed(factories.shopper())

    assert old_versions() == []
