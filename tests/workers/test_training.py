"""A retraining from the store's pictures to a candidate, and what stops it, in this process."""

import io
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from PIL import Image
from pytest_django import Settings

from ml.errors import Refusal
from ml.training import store_set
from ml.training.warp_samples import make_sample
from ml.twins.scene import make_geometry
from ml.twins.textures import TextureSource
from ml.weights import load_weights
from tests.tryon import factories
from tests.workers.training_app import make_small
from tryon.model_weights import weights_open
from tryon.models import DataSource, Garment, ModelVersion, PendingAuditEntry, TrainingRun, TrainingSample
from tryon.selectors.training_runs import DataFilter
from tryon.services import training_runs
from tryon.services.samples import sample_erase
from tryon.services.training_runs import run_cancel, run_file, run_pause, run_resume, run_start
from workers import tasks, training, training_reading
from workers.training_reading import photos_to_read

pytestmark = pytest.mark.django_db
EVERYTHING = DataFilter(Garment.Category.values, DataSource.values)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("training")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path, folder: Path) -> None:
    make_small(monkeypatch.setattr)
    store = {"BACKEND": "config.durable_files.DurableFileStore", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"models": store}
    settings.TRYON = settings.TRYON | {"TRAINING_FOLDER": folder}
    monkeypatch.setattr("workers.runner.announce", lambda model: None)


@pytest.fixture
def stock() -> None:
    dress_shop()


def dress_shop(count: int = 14) -> None:
    """Prepared garments with pictures: coloured squares on white."""
    for number in range(count):
        picture = Image.new("RGB", (40, 50), "white")
        picture.paste((17 * number % 200, 40, 90), (10, 10, 30, 40))
        row = factories.garment(category="dresses" if number % 3 else "upper_body")
        row.image.save(f"{number}.png", ContentFile(factories.encoded(picture, "PNG")))


def run_of(steps: int = 4) -> TrainingRun:
    return run_start(base=None, categories=[], steps=steps, seed=1, created_by=None)


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], Any]], None]:
    """Do something once when a step is reported."""

    def at(step: int, deed: Callable[[], Any]) -> None:
        done = []

        def report(**fields: Any) -> bool:
            if fields["step"] == step and not done:
                done.append(deed())
            return training_runs.run_report(**fields)

        monkeypatch.setattr(training, "run_report", report)

    return at


def kept_files(run: TrainingRun) -> Iterator[str]:
    yield from storages["models"].listdir(f"runs/{run.pk}")[1]


@pytest.mark.usefixtures("stock")
def test_a_run_ends_in_a_candidate_that_knows_where_it_comes_from() -> None:
    run = run_of()
    assert tasks.train_runs() == 1
    run.refresh_from_db()
    assert (run.status, run.error_code, run.step, run.progress) == ("succeeded", "", 4, 1.0)
    assert [point[0] for point in run.curve] == [1, 2, 3, 4]
    version = ModelVersion.objects.get()
    assert (run.candidate, version.name, version.status, version.base) == (
        version,
        run.name,
        "candidate",
        None,
    )
    assert version.verdict == run.report["verdict"] == "same"
    assert version.metrics["why"] == "There are too few pairs to tell."
    assert version.metrics["against"] == "built-in"
    assert set(version.manifest["garments"]) == {
        str(pk) for pk in Garment.objects.values_list("pk", flat=True)
    }
    assert version.manifest["samples"] == {}
    state, metadata = load_weights("warp", {"warp": weights_open(digest=version.files["warp"])})
    shipped, _ = load_weights("warp")
    assert metadata["version"] == run.name
    assert any(not np.array_equal(state[key], shipped[key]) for key in shipped)
    assert run.checkpoint == ""
    trail = PendingAuditEntry.objects.filter(object_kind="trainingrun").order_by("created_at")
    assert list(trail.values_list("action", "note")) == [("create", ""), ("change", "compared: same")]
    sheet = Image.open(io.BytesIO(run_file(name=run.sheet)))
    assert sheet.format == "PNG"
    assert len(list(kept_files(run))) == 1


@pytest.mark.usefixtures("stock")
def test_a_paused_run_goes_on_where_it_stopped(during: Callable) -> None:
    run = run_of(5)
    during(2, lambda: run_pause(run=run))
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, bool(run.checkpoint)) == ("paused", True)
    run_resume(run=run)
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.step) == ("succeeded", 5)
    # The step that was under way when the pause came is in the checkpoint, though the row never heard of it.
    assert [point[0] for point in run.curve] == [1, 3, 4, 5]


@pytest.mark.usefixtures("stock")
def test_a_cancelled_run_stops_and_leaves_nothing(during: Callable) -> None:
    run = run_of(5)
    during(2, lambda: run_cancel(run=run))
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.step, run.checkpoint) == ("cancelled", 1, "")
    assert not ModelVersion.objects.exists()
    assert list(kept_files(run)) == []


@pytest.mark.usefixtures("stock")
def test_a_process_that_dies_after_registering_registers_no_second_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class KilledError(BaseException):
        pass

    def die(**_: Any) -> bool:
        raise KilledError

    run = run_of()
    with monkeypatch.context() as patch:
        patch.setattr(training, "run_finish", die)
        with pytest.raises(KilledError):
            tasks.train_runs()
    TrainingRun.objects.update(status="queued", lease_until=None)
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.candidate) == ("succeeded", ModelVersion.objects.get())


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("code", ["training_diverged", "disk_full", "checkpoint_damaged"])
def test_what_stops_a_training_is_named(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    def stop(*_: Any) -> None:
        raise Refusal(code)

    run = run_of()
    monkeypatch.setattr(training, "finetune", stop)
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code, run.candidate) == ("failed", code, None)


@pytest.mark.usefixtures("stock")
def test_samples_that_may_be_trained_on_are_in_the_manifest() -> None:
    used, expired = factories.sample(), factories.sample(expires_at="2020-01-01T00:00Z")
    lost = factories.sample()
    storages["private"].delete(lost.sealed.storage_name)
    run_of()
    tasks.train_runs()
    version = ModelVersion.objects.get()
    assert version.manifest["samples"] == {str(used.pk): used.sha256}
    assert version.tainted_at is None
    assert str(expired.pk) not in version.manifest["samples"]


def test_a_photo_is_on_the_side_of_its_garment_and_counts_once() -> None:
    garment = factories.garment()
    alone, worn = factories.sample(), factories.sample(garment=garment, sha256="1" * 64)
    factories.sample(garment=garment, sha256=worn.sha256)
    manifest: dict[str, str] = {}
    names = [name for name, _ in photos_to_read(EVERYTHING, manifest)]
    assert sorted(names) == sorted([str(alone.pk), str(garment.pk)])
    assert sorted(manifest.values()) == sorted([alone.sha256, worn.sha256])


@pytest.mark.usefixtures("stock")
def test_a_run_reads_what_its_filter_lets_through_and_says_so() -> None:
    owner = factories.shopper()
    factories.agree_to_training(owner)
    old, new = factories.sample(), factories.sample(data=factories.encoded(factories.picture(61)))
    theirs = factories.sample(factories.photo(owner))
    TrainingSample.objects.filter(pk=old.pk).update(created_at="2026-03-01T12:00Z")
    TrainingSample.objects.filter(pk=new.pk).update(created_at="2026-03-02T12:00Z")
    run_start(sources=["garments", "merchant"], since=date(2026, 3, 2), steps=2, seed=1)
    tasks.train_runs()
    version = ModelVersion.objects.get()
    assert list(version.manifest["samples"]) == [str(new.pk)]
    assert len(version.manifest["garments"]) == 14
    assert version.manifest["filter"] == {
        "categories": ["upper_body", "lower_body", "dresses"],
        "sources": ["garments", "merchant"],
        "since": "2026-03-02",
    }
    assert TrainingRun.objects.get().manifest == version.manifest
    assert str(theirs.pk) not in str(version.manifest)


@pytest.mark.usefixtures("stock")
def test_photos_alone_teach_without_garments(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets: list[int] = []
    monkeypatch.setattr(training, "SampleSheet", lambda *fields: sheets.append(len(fields[3])) or Sheet())
    monkeypatch.setattr(training_reading, "all_worn_pairs", worn_by_all)
    for number in range(12):
        worn = ["dresses" if number % 2 else "upper_body"]
        data = factories.encoded(factories.picture(60 + number))
        factories.sample(id=UUID(int=number), data=data, quality={"categories": worn})
    run_start(sources=["merchant"], steps=2, seed=1)
    tasks.train_runs()
    run = TrainingRun.objects.get()
    assert (run.status, run.error_code) == ("succeeded", "")
    assert (run.manifest["garments"], len(run.manifest["samples"])) == ({}, 12)
    assert sheets == [6], "There are garments to look at all the same."
    stores = {(row["hold_out"], row["pairs"] > 0) for row in run.report["comparisons"]}
    assert ("store", True) not in stores
    assert ("worn", True) in stores


class Sheet:
    def png(self, *_: Any, **__: Any) -> bytes:
        return factories.encoded(Image.new("RGB", (1, 1)), "PNG")


def worn_by_all(photos: Any, analyse: Any) -> Iterator[tuple[str, list[store_set.WornPair]]]:
    """A drawn top or dress for each photo, in turn."""
    for number, (name, _image) in enumerate(photos):
        category = "dresses" if number % 2 else "upper_body"
        sample = make_sample(make_geometry(number, category), TextureSource(), np.random.default_rng(number))
        yield name, [store_set.WornPair(name, category, sample, np.zeros((256, 192, 3), np.uint8))]


@pytest.mark.usefixtures("stock")
def test_a_version_whose_sample_was_erased_during_the_training_is_tainted(during: Callable) -> None:
    sample = factories.sample()
    during(2, lambda: sample_erase(sample=sample, reason="requested"))
    run_of()
    tasks.train_runs()
    version = ModelVersion.objects.get()
    assert list(version.manifest["samples"]) == [str(sample.pk)]
    assert version.tainted_at is not None


@pytest.mark.usefixtures("stock")
def test_garments_that_went_meanwhile_end_the_run_with_a_reason() -> None:
    run = run_of()
    Garment.objects.filter(category="dresses").update(status="queued")
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("failed", "training_set_too_small")


@pytest.mark.usefixtures("stock")
def test_a_garment_whose_picture_went_is_left_out() -> None:
    gone = Garment.objects.filter(category="dresses").first()
    gone.image.storage.delete(gone.image.name)
    run_of()
    tasks.train_runs()
    read = ModelVersion.objects.get().manifest["garments"]
    assert (len(read), str(gone.pk) in read) == (13, False)


@pytest.mark.usefixtures("stock")
def test_a_base_or_checkpoint_whose_files_went_is_named() -> None:
    run = run_of()
    TrainingRun.objects.update(checkpoint="runs/none.safetensors")
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("failed", "checkpoint_damaged")
    base = ModelVersion.objects.create(name="base", files={"warp": "0" * 64})
    TrainingRun.objects.update(status="queued", error_code="", base=base)
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("failed", "model_damaged")


@pytest.mark.usefixtures("stock")
def test_a_trainer_leaves_runs_of_other_devices_alone(settings: Settings) -> None:
    run = run_of()
    settings.TRYON = settings.TRYON | {"TRAINING_DEVICES": ["cuda"]}
    assert tasks.train_runs() == 0
    run.refresh_from_db()
    assert run.status == "queued"


def test_web_and_trainer_agree_on_what_is_enough() -> None:
    ours = training_runs.LEAST_GARMENTS, training_runs.LEAST_CATEGORIES
    assert ours == (store_set.LEAST_GARMENTS, store_set.LEAST_CATEGORIES)
