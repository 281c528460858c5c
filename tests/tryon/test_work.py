"""Work is done once, by whoever holds it, and never lost: whatever workers, shoppers and sweepers do when."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now
from pytest_django import Settings

from tests.tryon import factories
from tryon.models import Garment, TryOnJob
from tryon.services import work as engine
from tryon.services.work import (
    Sweep,
    work_cancel,
    work_claim,
    work_fail,
    work_renew,
    work_restart,
    work_retry,
    work_return,
    work_succeed,
    work_sweep,
)

pytestmark = pytest.mark.django_db
Status = TryOnJob.Status


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[type]:
    """The models that a sweep has announced."""
    models: list[type] = []
    monkeypatch.setattr(engine, "announce", models.append)
    return models


def claim_one() -> Garment:
    (work,) = work_claim(model=Garment, limit=1)
    return work


def let_lease_run_out(work: Garment | TryOnJob) -> None:
    type(work).objects.filter(pk=work.pk).update(lease_until=Now() - timedelta(seconds=1))


def queued_garment(**fields: object) -> Garment:
    return factories.garment(status=Status.QUEUED, **fields)


def test_claim_takes_the_oldest_first_and_up_to_the_limit() -> None:
    first, second, third = (queued_garment(name=name) for name in "cab")
    assert [work.pk for work in work_claim(model=Garment, limit=2)] == [first.pk, second.pk]
    assert [work.pk for work in work_claim(model=Garment, limit=2)] == [third.pk]
    assert work_claim(model=Garment, limit=2) == []


def test_a_row_that_was_tried_waits_behind_those_that_waited_meanwhile(announced: list[type]) -> None:
    lost, given_up, third = (queued_garment() for _ in range(3))
    Garment.objects.filter(pk=claim_one().pk).update(lease_until=Now())
    work_sweep(model=Garment)
    work_retry(work=claim_one(), code="timed_out")
    fourth = queued_garment()
    assert [claim_one().pk for _ in range(4)] == [third.pk, lost.pk, given_up.pk, fourth.pk]


def test_a_row_that_was_not_begun_keeps_its_turn() -> None:
    first, second = queued_garment(), queued_garment()
    work_return(work=claim_one())
    assert [claim_one().pk for _ in range(2)] == [first.pk, second.pk]


def test_a_row_that_was_tried_is_claimed_alone() -> None:
    """It may take its worker down, and whatever else that holds."""
    tried, fresh, later = (queued_garment() for _ in range(3))
    work_retry(work=claim_one(), code="internal_error")
    last = queued_garment()
    batches = [[work.pk for work in work_claim(model=Garment, limit=8)] for _ in range(3)]
    assert batches == [[fresh.pk, later.pk], [tried.pk], [last.pk]]


def test_claim_leases_by_the_database_clock(settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"LEASE": timedelta(seconds=7)}
    queued_garment()
    claim_one()
    row = Garment.objects.annotate(left=F("lease_until") - Now()).get()
    assert timedelta(seconds=6) < row.left <= timedelta(seconds=7)
    assert (row.status, row.attempts, row.fencing_token) == (Status.RUNNING, 1, 1)
    assert row.started_at is not None


def test_renewing_reports_the_stage_and_extends_the_lease() -> None:
    queued_garment()
    work = claim_one()
    let_lease_run_out(work)
    assert work_renew(work=work, stage="warp", progress=0.5)
    row = Garment.objects.annotate(left=F("lease_until") - Now()).get()
    assert (row.stage, row.progress) == ("warp", 0.5)
    assert row.left > timedelta(0)


def test_success_writes_the_outcome_and_ends_the_lease() -> None:
    queued_garment()
    assert work_succeed(work=claim_one(), cutout="cutouts/a.webp")
    row = Garment.objects.get()
    assert (row.status, row.cutout.name, row.progress, row.lease_until) == (
        Status.SUCCEEDED,
        "cutouts/a.webp",
        1.0,
        None,
    )
    assert row.finished_at is not None


def test_a_stale_fencing_token_changes_nothing(announced: list[type]) -> None:
    queued_garment()
    slow = claim_one()
    let_lease_run_out(slow)
    assert work_sweep(model=Garment) == Sweep(requeued=1, failed=0, announced=0)
    fast = claim_one()
    assert (slow.fencing_token, fast.fencing_token) == (1, 2)
    assert not work_renew(work=slow)
    assert not work_retry(work=slow, code="internal_error")
    assert not work_return(work=slow)
    assert work_succeed(work=fast, cutout="cutouts/fast.webp")
    assert not work_succeed(work=slow, cutout="cutouts/slow.webp")
    assert not work_fail(work=slow, code="cloth_not_found")
    row = Garment.objects.get()
    assert (row.status, row.cutout.name, row.error_code) == (Status.SUCCEEDED, "cutouts/fast.webp", "")


def test_a_swept_row_cannot_be_finished_before_it_is_claimed_again(announced: list[type]) -> None:
    queued_garment()
    work = claim_one()
    let_lease_run_out(work)
    work_sweep(model=Garment)
    assert not work_succeed(work=work, cutout="cutouts/a.webp")
    assert Garment.objects.get().status == Status.QUEUED


def test_poison_fails_after_three_lost_attempts(announced: list[type]) -> None:
    queued_garment()
    for _ in range(Garment.MAX_ATTEMPTS):
        let_lease_run_out(claim_one())
        work_sweep(model=Garment)
    row = Garment.objects.get()
    assert (row.status, row.error_code, row.attempts) == (Status.FAILED, "worker_lost", 3)
    assert work_claim(model=Garment, limit=1) == []
    assert announced == [Garment, Garment]


def test_an_attempt_given_up_is_queued_again_until_it_was_the_last() -> None:
    queued_garment()
    statuses = []
    for _ in range(3):
        assert work_retry(work=claim_one(), code="timed_out")
        statuses.append(Garment.objects.get().status)
    assert statuses == [Status.QUEUED, Status.QUEUED, Status.FAILED]
    assert Garment.objects.get().error_code == "timed_out"


def test_a_row_that_was_not_begun_goes_back_without_losing_an_attempt() -> None:
    queued_garment()
    assert work_return(work=claim_one())
    assert Garment.objects.get().attempts == 0
    assert claim_one().fencing_token == 2


def test_cancelling_stops_what_has_not_finished() -> None:
    waiting, running, done = queued_garment(), queued_garment(), factories.garment()
    claimed = work_claim(model=Garment, limit=1)[0]
    assert claimed.pk == waiting.pk
    assert work_cancel(work=waiting)
    assert work_cancel(work=running)
    assert not work_cancel(work=done)
    assert not work_renew(work=claimed)
    statuses = list(Garment.objects.order_by("created_at").values_list("status", flat=True))
    assert statuses == [Status.CANCELLED, Status.CANCELLED, Status.SUCCEEDED]


def test_restarting_takes_the_row_from_whoever_holds_it() -> None:
    queued_garment()
    old = claim_one()
    work_restart(work=old)
    new = claim_one()
    assert not work_succeed(work=old, cutout="cutouts/old.webp")
    assert work_succeed(work=new, cutout="cutouts/new.webp")


def test_a_sweep_announces_only_what_has_waited(announced: list[type]) -> None:
    queued_garment()
    assert work_sweep(model=Garment) == Sweep(0, 0, 0)
    Garment.objects.update(created_at=Now() - timedelta(minutes=1))
    assert work_sweep(model=Garment) == Sweep(requeued=0, failed=0, announced=1)
    assert work_sweep(model=Garment) == Sweep(0, 0, 0)
    assert announced == [Garment]
