"""A disk that fills up while a training writes to it: the store of models, and where the twins lie."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.files.base import File
from django.core.files.storage import storages
from django.test import Client
from pytest_django import Settings
from safetensors.numpy import load, save

from config.durable_files import DurableFileStore
from ml.training import finetune
from tests.tryon import factories
from tests.workers.test_training import dress_shop
from tests.workers.training_app import make_small
from tryon.errors import TryOnError
from tryon.model_weights import weights_keep
from tryon.models import ModelVersion, TrainingRun
from tryon.services import training_runs
from tryon.services.training_runs import run_file, run_resume, run_start
from workers import tasks, training

pytestmark = pytest.mark.django_db
DISK_BYTES = 256 * 1024 * 1024
LEFT_BYTES = 64 * 1024
"""What is left of a full disk: room for a sheet of samples or a folder, none for a network."""


class FullDiskStub(DurableFileStore):
    """Where no disk can be made that is really full: one that writes half of what has no room, then stops."""

    def _save(self, name: str, content: File) -> str:
        if content.size > LEFT_BYTES and Path(self.location, "filler").exists():
            half = Path(self.location, ".half")
            half.write_bytes(content.read(content.size // 2))
            half.unlink()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super()._save(name, content)


class Disk:
    """A folder that can be filled up and emptied again."""

    def __init__(self, folder: Path, *, real: bool) -> None:
        self.folder, self.real = folder, real

    @property
    def filler(self) -> Path:
        return self.folder / "filler"

    def fill(self) -> None:
        free = shutil.disk_usage(self.folder).free if self.real else LEFT_BYTES
        with self.filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free - LEFT_BYTES))

    def empty(self) -> None:
        self.filler.unlink()

    @property
    def files(self) -> list[str]:
        """Everything on it but the filler; half-written files too."""
        names = [
            path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()
        ]
        return sorted(name for name in names if name != "filler")


@pytest.fixture(params=["tmpfs", "stub"])
def disk(request: pytest.FixtureRequest, tmp_path: Path, settings: Settings) -> Iterator[Disk]:
    """The store of models: a small file system of its own where one may be mounted, and a stub anywhere."""
    folder, real = tmp_path / "disk", request.param == "tmpfs"
    folder.mkdir()
    backend = "config.durable_files.DurableFileStore" if real else "tests.workers.test_full_disk.FullDiskStub"
    if real:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
        if (
            shutil.which("mount") is None
            or subprocess.run(mount, capture_output=True, check=False).returncode
        ):
            pytest.skip("no file system can be mounted here; the stub stands for it")
    settings.STORAGES = settings.STORAGES | {"models": {"BACKEND": backend, "OPTIONS": {"location": folder}}}
    try:
        yield Disk(folder, real=real)
    finally:
        if real:
            subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(autouse=True)
def _small(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    make_small(monkeypatch.setattr)
    settings.TRYON = settings.TRYON | {"TRAINING_FOLDER": tmp_path_factory.getbasetemp() / "full-disk-twins"}
    monkeypatch.setattr("workers.runner.announce", lambda model: None)


@pytest.fixture
def run(db: None) -> TrainingRun:
    """Of seven steps, with a checkpoint after each third."""
    dress_shop()
    return run_start(base=None, categories=[], steps=7, seed=1, created_by=None)


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], Any]], None]:
    """Do something before a step is reported for the first time."""

    def plan(step: int, deed: Callable[[], Any]) -> None:
        done: list[bool] = []

        def report(**fields: Any) -> bool:
            if fields["step"] == step and not done:
                done.append(True)
                deed()
            return training_runs.run_report(**fields)

        monkeypatch.setattr(training, "run_report", report)

    return plan


def step_in(data: bytes) -> int:
    """The step of a checkpoint; it could be read, so it is whole."""
    return int(load(data)["facts/step"])


def test_a_checkpoint_that_has_no_room_ends_the_run_and_leaves_the_one_before(
    disk: Disk, run: TrainingRun, at_step: Callable
) -> None:
    at_step(4, disk.fill)
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code, run.candidate) == ("failed", "disk_full", None)
    assert step_in(run_file(name=run.checkpoint)) == 3
    assert [name for name in disk.files if name != run.sheet] == [run.checkpoint]

    browser = Client()
    browser.force_login(factories.user("root", is_staff=True, is_superuser=True))
    page = browser.get(f"/admin/tryon/trainingrun/{run.pk}/change/").text
    assert "There is no room left to write to. Free some space, then resume." in page
    assert 'data-deed="resume"' in page

    run_resume(run=run)
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("failed", "disk_full")  # nothing was freed
    assert step_in(run_file(name=run.checkpoint)) == 3

    disk.empty()
    run_resume(run=run)
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code, run.step) == ("succeeded", "", 7)
    assert [point[0] for point in run.curve] == list(range(1, 8))
    assert run.candidate == ModelVersion.objects.get()


def test_a_candidate_that_has_no_room_is_not_registered_and_comes_with_the_resume(
    disk: Disk, run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = training.gate

    def filling(*args: Any, **kwargs: Any) -> Any:
        disk.fill()
        return compared(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(training, "gate", filling)
        tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("failed", "disk_full")
    assert not ModelVersion.objects.exists()
    assert step_in(run_file(name=run.checkpoint)) == 7
    disk.empty()
    run_resume(run=run)
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.step, run.candidate) == ("succeeded", 7, ModelVersion.objects.get())


def test_twins_that_have_no_room_end_the_run_and_come_with_the_next(
    disk: Disk, run: TrainingRun, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    settings.TRYON = settings.TRYON | {"TRAINING_FOLDER": disk.folder / "training"}
    disk.fill()
    with monkeypatch.context() as patch:
        # It fills up after it was asked how full it is.
        patch.setattr(finetune.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**40))
        if not disk.real:
            patch.setattr(os, "posix_fallocate", full)
        tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code, run.stage) == ("failed", "disk_full", "twins")
    assert disk.files == []
    disk.empty()
    again = run_start(base=None, categories=[], steps=2, seed=1, created_by=None)
    tasks.train_runs()
    again.refresh_from_db()
    assert (again.status, again.error_code, again.step) == ("succeeded", "", 2)


def test_weights_that_have_no_room_are_refused_and_nothing_is_left_of_them(disk: Disk) -> None:
    large = save({"value": np.ones(100_000, np.float32)})
    kept = weights_keep(content=save({"value": np.ones(1, np.float32)}))
    disk.fill()
    with pytest.raises(TryOnError, match="disk_full"):
        weights_keep(content=large)
    assert disk.files == [f"{kept}.safetensors"]
    disk.empty()
    assert weights_keep(content=large) != kept
    assert len(disk.files) == 2
    assert storages["models"].exists(f"{kept}.safetensors")
