"""What a retraining begins with, what it is compared with, and what is refused at its end."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
from django.test import Client
from django.urls import reverse
from PIL import Image

from ml.evaluation_gate import gate
from ml.weights import load_weights, weight_bytes
from tests.tryon import factories
from tests.workers.test_training import (  # noqa: F401  (fixtures)
    _small,
    dress_shop,
    folder,
    kept_files,
    run_of,
    stock,
)
from tryon.errors import TryOnError
from tryon.models import ModelVersion, PendingAuditEntry, TrainingRun
from tryon.selectors.model_versions import models_serving
from tryon.services.model_versions import model_promote, model_register
from tryon.services.shoppers import shopper_erase
from workers import tasks, training

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stock")]


@pytest.fixture
def trainer(valkey: str) -> Client:
    """A browser of somebody who may do all of it."""
    client = Client()
    client.force_login(factories.user("root", is_staff=True, is_superuser=True))
    return client


def started_from_the_page(client: Client) -> TrainingRun:
    """A run with all that the page proposes, but four steps long, at its end."""
    address = reverse("admin:tryon_trainingrun_add")
    form = client.get(address).context["adminform"].form
    fields = {name: form[name].value() or "" for name in ("base", "categories", "sources", "device")}
    client.post(address, fields | {"minutes": "", "steps": "4"})
    assert tasks.train_runs() == 1
    run = TrainingRun.objects.latest("created_at")
    assert (run.status, run.error_code) == ("succeeded", "")
    return run


def promoted_on_the_page(client: Client, version: ModelVersion) -> None:
    client.post(reverse("admin:tryon_modelversion_promote", args=[version.pk]))
    assert models_serving().current == version


def test_an_erased_shopper_is_out_of_the_shop_after_one_more_retraining(trainer: Client) -> None:
    owner = factories.shopper()
    factories.agree_to_training(owner)
    sample = factories.sample(factories.photo(owner))
    first = started_from_the_page(trainer).candidate
    assert first is not None
    assert list(first.manifest["samples"]) == [str(sample.pk)]
    promoted_on_the_page(trainer, first)
    second = started_from_the_page(trainer).candidate
    assert second is not None
    assert second.base == first
    promoted_on_the_page(trainer, second)

    shopper_erase(shopper=owner)
    assert ModelVersion.objects.filter(tainted_at=None).count() == 0
    page = trainer.get(reverse("admin:tryon_trainingrun_add")).text
    assert f"{second.name}, which serves, was trained on something that was erased since." in page
    third = started_from_the_page(trainer).candidate
    assert third is not None
    assert (third.base, third.tainted_at, third.manifest["samples"]) == (None, None, {})
    assert third.metrics["against"] == second.name
    promoted_on_the_page(trainer, third)
    assert models_serving().current.tainted_at is None  # type: ignore[union-attr]


def serving(name: str, change: float = 1.01) -> ModelVersion:
    """A version with a warp of its own, in service."""
    state, metadata = load_weights("warp")
    state["head.bias"] = state["head.bias"] * change
    files = {"warp": weight_bytes(state, metadata | {"version": name})}
    version = model_register(
        name=name, files=files, base=None, metrics={}, verdict="", manifest={}, created_by=None
    )
    return model_promote(version=version)


class SheetStub:
    """Writes down which warps it was asked to show, and under which title."""

    drawn: list[tuple[str, str, str]]

    def __init__(self, pipeline: Any, current: Any, people: Any, cloths: Any) -> None:
        self._current = current.version

    def png(self, candidate: Any, columns: int = 2, current: str = "current") -> bytes:
        self.drawn.append((current, self._current, candidate.version))
        buffer = io.BytesIO()
        Image.new("RGB", (1, 1)).save(buffer, "PNG")
        return buffer.getvalue()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    SheetStub.drawn = []
    monkeypatch.setattr(training, "SampleSheet", SheetStub)
    return SheetStub.drawn


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], list[tuple[str, str]]]:
    """Has the gate write down what it compares, after a deed."""

    def watch(deed: Callable[[], Any] = lambda: None) -> list[tuple[str, str]]:
        seen: list[tuple[str, str]] = []

        def watched(current: Any, candidate: Any, kept: Any, **options: Any) -> Any:
            deed()
            seen.append((current.version, candidate.version))
            return gate(current, candidate, kept, **options | {"twins": 2})

        monkeypatch.setattr(training, "gate", watched)
        return seen

    return watch


@pytest.mark.parametrize("other", [True, False], ids=["another serves", "the base serves"])
def test_sheet_and_numbers_show_what_serves(
    trainer: Client, shown: list, compared: Callable, other: bool
) -> None:
    builtin = load_weights("warp")[1]["version"]
    now, against = (serving("summer").name, "summer") if other else (builtin, "built-in")
    seen = compared()
    run = run_of()
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("succeeded", "")
    assert seen == [(now, run.name)]
    assert shown == [("base", builtin, "candidate"), ("in service", now, run.name)]
    assert run.candidate.metrics["against"] == against
    page = trainer.get(reverse("admin:tryon_trainingrun_comparison", args=[run.pk])).text
    name = "summer" if other else "the built-in version"
    assert f"The candidate and {name}, which was in service then" in page
    assert f"then worn as {name} puts it on" in page


def test_a_promotion_during_the_comparison_is_found_out_at_the_next(shown: list, compared: Callable) -> None:
    compared(lambda: serving("autumn"))
    run = run_of()
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.candidate.metrics["against"]) == ("succeeded", "built-in")
    with pytest.raises(TryOnError, match="model_comparison_outdated"):
        model_promote(version=run.candidate)
    assert models_serving().current.name == "autumn"  # type: ignore[union-attr]
    model_promote(version=run.candidate, override_reason="Seen by eye")
    assert PendingAuditEntry.objects.filter(action="promote").latest("pk").note == "Seen by eye"


@pytest.mark.parametrize("value", [1e6, float("nan")], ids=["too large for a file", "no number"])
def test_weights_that_no_file_can_hold_are_named_and_registered_nowhere(
    monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    trained = training.finetune

    def spoilt(*arguments: Any) -> dict[str, torch.Tensor]:
        state = trained(*arguments)
        state["head.bias"][0] = value
        return state

    monkeypatch.setattr(training, "finetune", spoilt)
    run = run_of()
    tasks.train_runs()
    run.refresh_from_db()
    assert (run.status, run.error_code, run.attempts) == ("failed", "training_diverged", 0)
    assert (run.candidate, run.checkpoint) == (None, "")
    assert not ModelVersion.objects.exists()
    assert [name for name in kept_files(run) if name.endswith(".safetensors")] == []


def test_the_time_that_is_left_includes_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, float | None]] = []
    row = TrainingRun.objects.all()

    def reported(**fields: Any) -> bool:
        told.append(("training", fields["eta_seconds"]))
        return training_report(**fields)

    def pairs(current: Any, candidate: Any, kept: Any, on_pair: Callable[[int, int], None]) -> Any:
        told.append(("comparing", row.get().eta_seconds))
        clock.append(120.0)
        on_pair(10, 40)
        told.append(("comparing", row.get().eta_seconds))
        return gate(current, candidate, kept, twins=2)

    clock = [100.0]
    training_report = training.run_report
    monkeypatch.setattr(training, "monotonic", lambda: clock[-1])
    monkeypatch.setattr(training, "run_report", reported)
    monkeypatch.setattr(training, "gate", pairs)
    run_of()
    tasks.train_runs()
    steps = [left for stage, left in told if stage == "training"]
    # The sheet of samples takes no time on this clock, the comparison a minute; restraint comes before it.
    assert len(steps) == 4
    assert all(left is not None and left > 60 for left in steps)
    assert [left for stage, left in told if stage == "comparing"] == [60.0, 60.0]
    run = row.get()
    assert (run.status, run.eta_seconds) == ("succeeded", None)
