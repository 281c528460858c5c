"""Starting, pausing, resuming and cancelling retrainings; the database keeps one run per device."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, connection, transaction
from django.test import TransactionTestCase
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.models import Garment, ModelVersion, TrainingRun, TrainingSample
from tryon.services import training_runs, work
from tryon.services.training_runs import (
    CURVE_POINTS,
    run_cancel,
    run_file,
    run_keep_checkpoint,
    run_keep_sheet,
    run_pause,
    run_report,
    run_resume,
    run_start,
)

pytestmark = pytest.mark.django_db
Start = Callable[..., TrainingRun]


@pytest.fixture(autouse=True)
def _own_store(settings: Settings, tmp_path: object) -> None:
    store = {"BACKEND": "config.durable_files.DurableFileStore", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"models": store}
    settings.TRYON = settings.TRYON | {"TRAINING_DEVICES": ["cpu", "cuda"]}


def stock(uppers: int = 10, dresses: int = 4) -> None:
    """Prepared garments."""
    for category, count in (("upper_body", uppers), ("dresses", dresses)):
        for _ in range(count):
            factories.garment(category=category)


def start(**fields: object) -> TrainingRun:
    defaults: dict = {"base": None, "categories": [], "steps": 8, "created_by": None}
    return run_start(**defaults | fields)


def claim(run: TrainingRun) -> TrainingRun:
    (claimed,) = work.work_claim(model=TrainingRun, limit=1)
    assert claimed == run
    return claimed


def files() -> list[str]:
    """Names in the store of the only run."""
    try:
        (run,) = TrainingRun.objects.all()
        return sorted(storages["models"].listdir(f"runs/{run.pk}")[1])
    except FileNotFoundError:
        return []


def test_a_run_waits_for_a_trainer_with_what_was_asked_for() -> None:
    stock()
    run = start(categories=["dresses", "upper_body"], steps=None, minutes=15, seed=7)
    run.refresh_from_db()
    assert (run.status, run.categories, run.minutes, run.steps, run.seed, run.device) == (
        "queued",
        ["dresses", "upper_body"],
        15,
        None,
        7,
        "cpu",
    )
    assert run.name == f"store-{run.created_at:%Y%m%d}-{run.pk.hex[:8]}"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"steps": None}, "training_length"),
        ({"steps": 5, "minutes": 5}, "training_length"),
        ({"steps": 0}, "training_length"),
        ({"steps": 200_001}, "training_length"),
        ({"steps": None, "minutes": 0}, "training_length"),
        ({"steps": None, "minutes": -3}, "training_length"),
        ({"steps": None, "minutes": 1441}, "training_length"),
        ({"steps": None, "minutes": float("nan")}, "training_length"),
        ({"device": "tpu"}, "training_device"),
        ({"categories": ["hats"]}, "category_unsupported"),
        ({"categories": ["upper_body"]}, "training_set_one_class"),
        ({"categories": ["dresses"]}, "training_set_too_small"),
        ({"sources": ["friends"]}, "training_source"),
        ({"sources": ["shopper", "merchant"]}, "training_set_too_small"),
        ({"since": date(2999, 1, 1)}, "training_set_too_small"),
    ],
)
def test_bad_orders_are_refused_and_nothing_is_queued(fields: dict, code: str) -> None:
    stock(uppers=14)
    with pytest.raises(TryOnError) as refused:
        start(**fields)
    assert refused.value.code == code
    assert not TrainingRun.objects.exists()


def test_garments_that_are_not_prepared_do_not_count() -> None:
    stock(uppers=8, dresses=3)
    factories.garment(status=Garment.Status.FAILED)
    with pytest.raises(TryOnError, match="training_set_too_small"):
        start()


def test_what_was_added_before_the_day_does_not_count() -> None:
    stock()
    old = Garment.objects.filter(category="upper_body").values_list("pk", flat=True)[:3]
    Garment.objects.filter(pk__in=list(old)).update(created_at="2026-03-01T12:00Z")
    with pytest.raises(TryOnError, match="training_set_too_small"):
        start(since=date(2026, 3, 2))
    run = start(since=date(2026, 3, 1))
    run.refresh_from_db()
    assert (run.since, run.sources) == (date(2026, 3, 1), ["garments", "merchant", "shopper"])


def photos(count: int, **fields: object) -> list[TrainingSample]:
    """Of models, who wear tops and dresses in turn."""
    worn = [["dresses"], ["upper_body"]]
    return [factories.sample(quality={"categories": worn[number % 2]}, **fields) for number in range(count)]


@pytest.mark.usefixtures("own_stores")
def test_photos_alone_are_enough_if_garments_enough_are_worn_on_them() -> None:
    stock()
    photos(11)
    only: dict = {"sources": ["merchant"]}
    with pytest.raises(TryOnError, match="training_set_too_small"):
        start(**only)
    photos(1)
    with pytest.raises(TryOnError, match="training_set_too_small"):
        start(**only, categories=["dresses"])
    with pytest.raises(TryOnError, match="training_set_too_small"):
        start(sources=["shopper"])
    assert start(**only).sources == ["merchant"]


@pytest.mark.usefixtures("own_stores")
def test_photos_of_one_garment_show_it_once() -> None:
    photos(14, garment=factories.garment())
    with pytest.raises(TryOnError, match="training_set_too_small"):
        start(sources=["merchant"])


def test_a_damaged_version_is_no_base() -> None:
    stock()
    version = ModelVersion.objects.create(name="x", files={}, status=ModelVersion.Status.DAMAGED)
    with pytest.raises(TryOnError, match="model_damaged"):
        start(base=version)


def test_a_device_has_one_run_at_a_time() -> None:
    stock()
    first = start()
    for status in ("queued", "running", "paused"):
        TrainingRun.objects.filter(pk=first.pk).update(status=status, lease_until="2030-01-01T00:00Z")
        with pytest.raises(TryOnError, match="training_running"):
            start()
    start(device="cuda")
    TrainingRun.objects.filter(pk=first.pk).update(status="succeeded")
    assert start().device == "cpu"


def test_the_database_itself_refuses_a_second_active_run_and_a_run_without_a_length() -> None:
    TrainingRun.objects.create(steps=1)
    for fields in ({"steps": 1}, {"steps": 1, "minutes": 1, "device": "cuda"}, {"device": "cuda"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TrainingRun.objects.create(**fields)


def test_a_pause_takes_the_lease_and_a_resume_queues_again() -> None:
    stock()
    run = start()
    claimed = claim(run)
    run_pause(run=run)
    assert (run.status, run.lease_until) == ("paused", None)
    assert not run_report(run=claimed, step=1, share=0.5, losses=[1, 1, 1], eta_seconds=9)
    assert run_keep_checkpoint(run=claimed, data=b"one")
    assert work.work_claim(model=TrainingRun, limit=1) == []
    run_resume(run=run)
    assert (run.status, run_file(name=run.checkpoint)) == ("queued", b"one")
    assert claim(run).fencing_token == 2


def test_a_worker_that_comes_back_late_writes_nothing() -> None:
    stock()
    run = start()
    old = claim(run)
    run_pause(run=run)
    run_resume(run=run)
    new = claim(run)
    assert run_keep_checkpoint(run=new, data=b"new")
    assert not run_keep_checkpoint(run=old, data=b"old")
    assert not run_keep_sheet(run=old, data=b"old")
    run.refresh_from_db()
    assert run_file(name=run.checkpoint) == b"new"
    assert len(files()) == 1


def test_a_new_checkpoint_replaces_the_old_one_and_counts_attempts_anew() -> None:
    stock()
    run = start()
    claimed = claim(run)
    TrainingRun.objects.update(attempts=3)
    for data in (b"a", b"b", b"c"):
        assert run_keep_checkpoint(run=claimed, data=data)
    run.refresh_from_db()
    assert (run.attempts, run_file(name=run.checkpoint)) == (0, b"c")
    assert len(files()) == 1


@pytest.mark.parametrize("begin", ["queued", "running", "paused"])
def test_a_cancelled_run_is_over_and_leaves_no_checkpoint(begin: str) -> None:
    stock()
    run = start()
    claimed = claim(run)
    assert run_keep_checkpoint(run=claimed, data=b"a")
    if begin == "queued":
        work.work_retry(work=claimed, code="internal_error")
    if begin == "paused":
        run_pause(run=run)
    run_cancel(run=run)
    run.refresh_from_db()
    assert (run.status, run.checkpoint, files()) == ("cancelled", "", [])
    assert run.finished_at is not None
    assert not run_keep_checkpoint(run=claimed, data=b"late")
    assert files() == []
    for refused in (run_pause, run_cancel):
        with pytest.raises(TryOnError, match="training_not_active"):
            refused(run=run)
    with pytest.raises(TryOnError, match="training_not_paused"):
        run_resume(run=run)


def test_a_failed_run_goes_on_from_its_checkpoint_but_not_without_one() -> None:
    stock()
    run = start()
    claimed = claim(run)
    work.work_fail(work=claimed, code="disk_full")
    with pytest.raises(TryOnError, match="training_not_paused"):
        run_resume(run=run)
    TrainingRun.objects.update(checkpoint="runs/x")
    run_resume(run=run)
    assert (run.status, run.error_code, run.finished_at) == ("queued", "", None)


def test_a_failed_run_cannot_take_the_device_from_another() -> None:
    stock()
    run = start()
    work.work_fail(work=claim(run), code="disk_full")
    TrainingRun.objects.update(checkpoint="runs/x")
    start()
    with pytest.raises(TryOnError, match="training_running"):
        run_resume(run=run)


@given(st.integers(1, 5 * CURVE_POINTS))
@hypothesis_settings(max_examples=10, deadline=None)
def test_a_curve_is_thinned_out_from_its_first_to_its_last_point(count: int) -> None:
    run = TrainingRun(curve=[])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_runs, "work_renew", lambda **_: True)
        for step in range(count):
            run_report(run=run, step=step, share=0, losses=[step, 0, 0], eta_seconds=0)
    steps = [point[0] for point in run.curve]
    assert len(steps) <= 2 * CURVE_POINTS
    assert steps == sorted(steps)
    assert steps[0] == 0
    assert count - 1 - steps[-1] <= 1


class TwoClicks(TransactionTestCase):
    """Two starts at once, each in a connection of its own."""

    def test_two_starts_at_once_give_exactly_one_run(self) -> None:
        for _ in range(4):
            TrainingRun.objects.all().delete()
            Garment.objects.all().delete()
            stock()
            gate, answers = threading.Barrier(5), []

            def click(gate: threading.Barrier = gate, answers: list = answers) -> None:
                try:
                    gate.wait()
                    start()
                    answers.append("started")
                except TryOnError as error:
                    answers.append(error.code)
                finally:
                    connection.close()

            clicks = [threading.Thread(target=click) for _ in range(5)]
            for thread in clicks:
                thread.start()
            for thread in clicks:
                thread.join()
            assert sorted(answers) == ["started", *["training_running"] * 4]
            assert TrainingRun.objects.count() == 1
