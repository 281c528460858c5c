"""What several tests of photos and people need. Read before the apps are loaded: it imports no models."""

import pytest
from pytest_django import Settings


@pytest.fixture
def own_stores(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A private store, a ledger and a store of models that hold what this test puts there, nothing else."""
    for kind, backend in (
        ("private", "django.core.files.storage.FileSystemStorage"),
        ("ledger", "config.durable_files.DurableFileStore"),
        ("models", "config.durable_files.DurableFileStore"),
    ):
        options = {"location": tmp_path_factory.mktemp(kind)}
        settings.STORAGES = settings.STORAGES | {kind: {"BACKEND": backend, "OPTIONS": options}}
