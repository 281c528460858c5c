"""A worker changes models between two jobs, and goes on with the old one when the new one is damaged."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import storages
from pytest_django import Settings
from safetensors.numpy import save

from ml.pipeline import TryOnPipeline
from ml.weights import FOLDER, MissingWeightsError, load_weights, save_weights
from tests.tryon import factories
from tests.workers.stubs import StubPipeline
from tryon.models import Garment, ModelVersion, Photo, TryOnJob
from tryon.selectors.model_versions import models_serving
from tryon.services.model_versions import model_canary, model_promote, model_register, model_rollback
from workers import engines, handlers, runner, tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_stores")]


@pytest.fixture
def own_stores(settings: Settings, tmp_path: Path) -> None:
    options = {"location": tmp_path / "models"}
    store = {"BACKEND": "config.durable_files.DurableFileStore", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"models": store}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has just started."""
    monkeypatch.setattr(engines, "_loaded", {})
    handlers._cloths.clear()
    for module in (runner, tasks):
        monkeypatch.setattr(module, "announce", lambda model: None)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> list[StubPipeline]:
    """Pipelines that read their weights as the real ones do, and paint; in the order in which they load."""
    settings.BUILTIN_WEIGHTS = tmp_path
    for number, name in enumerate(("parser", "cloth", "warp")):
        (tmp_path / f"{name}.safetensors").write_bytes(factories.weights(number))
    loaded: list[StubPipeline] = []

    def load(device: str, pose: object, weights: Mapping[str, bytes]) -> StubPipeline:
        assert len(engines._loaded) < 2, "More than two models in memory."
        for name in ("parser", "cloth", "warp"):
            load_weights(name, weights)
        loaded.append(StubPipeline(model_version="built-in"))
        return loaded[-1]

    monkeypatch.setattr(TryOnPipeline, "load", load)
    monkeypatch.setattr(engines, "_pose_source", lambda: None)
    return loaded


@pytest.fixture
def photo() -> Photo:
    return factories.photo(factories.shopper())


@pytest.fixture
def garment() -> Garment:
    return factories.garment_with_picture()


@pytest.fixture
def made_by(photo: Photo, garment: Garment) -> Callable[[], str]:
    """Do one try-on; returns the version that the picture names."""

    def dress() -> str:
        job = factories.tryon(photo, garment=garment)
        tasks.run_tryons()
        job.refresh_from_db()
        assert (job.status, job.error_code) == ("succeeded", "")
        return job.model_version

    return dress


def register(name: str, **files: bytes) -> ModelVersion:
    given = files or {"warp": factories.weights(sum(name.encode()))}
    return model_register(
        name=name, files=given, base=None, metrics={}, verdict="", manifest={}, created_by=None
    )


def test_the_next_job_is_made_by_the_version_that_was_promoted(
    loads: list[StubPipeline], made_by: Callable[[], str]
) -> None:
    assert made_by() == "built-in"
    model_promote(version=register("autumn"))
    assert [made_by(), made_by()] == ["autumn", "autumn"]
    assert len(loads) == 2
    model_rollback()
    assert made_by() == "built-in"
    assert len(loads) == 3
    assert len(engines._loaded) == 1


def test_two_versions_at_most_are_in_memory(loads: list[StubPipeline], made_by: Callable[[], str]) -> None:
    first, second, third = register("first"), register("second"), register("third")
    model_promote(version=first)
    model_canary(version=second, share=1)
    assert made_by() == "second"
    assert engines.engine().name == "first"
    assert len(engines._loaded) == 2
    model_promote(version=third)
    assert engines.engine().name == "third"
    assert made_by() == "second"
    assert set(engines._loaded) == {second.pk, third.pk}
    model_canary(version=second, share=0)
    assert made_by() == "third"
    assert set(engines._loaded) == {third.pk}
    assert len(loads) == 3


def lose(version: ModelVersion) -> None:
    storages["models"].delete(f"{version.files['warp']}.safetensors")


def alter(version: ModelVersion) -> None:
    path = Path(storages["models"].path(f"{version.files['warp']}.safetensors"))
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")


def leave(version: ModelVersion) -> None:
    """The file is what it was when it was registered."""


NAN = save({"value": np.float32([np.nan])}, {"version": "test"})


@pytest.mark.parametrize(
    ("weights", "harm"),
    [(factories.weights(5), lose), (factories.weights(5), alter), (NAN, leave)],
    ids=["missing", "altered", "not finite"],
)
@pytest.mark.parametrize("on_trial", [False, True])
def test_a_damaged_version_is_marked_and_the_old_one_makes_the_picture(
    loads: list[StubPipeline],
    made_by: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
    weights: bytes,
    harm: Callable[[ModelVersion], None],
    on_trial: bool,
) -> None:
    model_promote(version=register("old"))
    assert made_by() == "old"
    damaged = register("damaged", warp=weights)
    if on_trial:
        model_canary(version=damaged, share=1)
    else:
        model_promote(version=damaged)
    harm(damaged)

    assert made_by() == "old"
    damaged.refresh_from_db()
    current, canary = models_serving()
    assert (damaged.status, current and current.name, canary) == ("damaged", "old", None)
    alarms = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(alarms) == 1
    assert alarms[0].startswith("Model version damaged is damaged and out of use: ")
    assert made_by() == "old"


def test_without_any_weights_there_is_no_fallback_and_no_picture(
    loads: list[StubPipeline], photo: Photo, garment: Garment, tmp_path: Path
) -> None:
    (tmp_path / "warp.safetensors").unlink()
    job = factories.tryon(photo, garment=garment)
    with pytest.raises(MissingWeightsError):
        engines.engine(job)
    tasks.run_tryons()
    job.refresh_from_db()
    assert (job.status, job.result, job.model_version) == ("queued", None, "")


def test_versions_that_share_networks_share_what_these_found(
    loads: list[StubPipeline], made_by: Callable[[], str]
) -> None:
    made_by()
    model_promote(version=register("other-warp"))
    made_by()
    assert [(stub.people, stub.cloths) for stub in loads] == [(1, 1), (0, 0)]
    model_promote(version=register("other-parser", parser=factories.weights(90)))
    made_by()
    assert [(stub.people, stub.cloths) for stub in loads[2:]] == [(1, 0)]
    model_promote(version=register("other-cloth", cloth=factories.weights(91)))
    made_by()
    assert [(stub.people, stub.cloths) for stub in loads[3:]] == [(1, 1)]


def test_a_trial_leaves_what_is_kept_to_the_version_in_service(
    loads: list[StubPipeline], made_by: Callable[[], str], photo: Photo, garment: Garment
) -> None:
    made_by()
    photo.refresh_from_db()
    kept = photo.analysis, Garment.objects.get().analysis.name
    version = register("trial", parser=factories.weights(90), cloth=factories.weights(91))
    model_canary(version=version, share=1)
    assert made_by() == "trial"
    photo.refresh_from_db()
    assert (photo.analysis, Garment.objects.get().analysis.name) == kept
    model_promote(version=version)
    assert made_by() == "trial"
    photo.refresh_from_db()
    assert photo.analysis != kept[0]


@pytest.mark.slow
def test_real_networks_change_hands(photo: Photo, tmp_path: Path) -> None:
    """With the shipped weights, of which one version changes the generator and another spoils it."""
    job = TryOnJob(photo=photo)
    builtin = engines.engine(job)
    state, metadata = load_weights("generator", FOLDER)
    save_weights(state, metadata | {"version": "generator-9"}, tmp_path / "generator.safetensors")
    good = register("good", generator=(tmp_path / "generator.safetensors").read_bytes())
    model_promote(version=good)
    swapped = engines.engine(job)
    names = builtin.name.split(", ")
    assert swapped.name == "good"
    assert swapped.pipeline.model_version.split(", ") == [*names[:-1], "generator-9"]
    assert swapped.person_networks == builtin.person_networks

    next(value for value in state.values() if value.is_floating_point()).fill_(float("inf"))
    save_weights(state, metadata, tmp_path / "generator.safetensors")
    spoilt = register("spoilt", generator=(tmp_path / "generator.safetensors").read_bytes())
    other = register("other", generator=(FOLDER / "warp.safetensors").read_bytes())
    for version in (spoilt, other):
        model_promote(version=version)
        assert engines.engine(job).name == "good"
        version.refresh_from_db()
        assert version.status == "damaged"
