"""No order of events breaks the life of a try-on: shoppers, workers, sweeper and retention in any order.

The services run against the real database and store. `JOB_MACHINE_STEPS` says how many events to try; the
short form is part of the tests, `script/chaos` asks for 10,000.
"""

import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.models import Garment, Photo, SealedObject, Shopper, TryOnJob
from tryon.services import work as engine
from tryon.services.jobs import job_cancel, job_erase, job_submit
from tryon.services.photo_store import object_erase, object_seal
from tryon.services.photos import photo_erase
from tryon.services.retention import retention_sweep
from tryon.services.work import (
    work_claim,
    work_fail,
    work_renew,
    work_retry,
    work_return,
    work_succeed,
    work_sweep,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_stores")]
Status = TryOnJob.Status
STEPS = int(os.environ.get("JOB_MACHINE_STEPS", "600"))
GONE = "gone"
LEGAL = {
    ("", Status.QUEUED),
    (Status.QUEUED, Status.RUNNING),
    (Status.QUEUED, Status.CANCELLED),
    (Status.RUNNING, Status.QUEUED),
    (Status.RUNNING, Status.SUCCEEDED),
    (Status.RUNNING, Status.FAILED),
    (Status.RUNNING, Status.CANCELLED),
    (Status.SUCCEEDED, Status.EXPIRED),
}
"""Besides, a shopper may delete a try-on in any state."""


class Seen(NamedTuple):
    """What a row said after the last event."""

    status: str
    attempts: int = 0
    fencing_token: int = 0
    result_id: uuid.UUID | None = None


class JobLife(RuleBasedStateMachine):
    """Workers hold claims as long as they like and come back with them whenever they like."""

    steps = 0
    photos, jobs, claims = Bundle("photos"), Bundle("jobs"), Bundle("claims")

    @initialize(target=photos)
    def arrive(self) -> Any:
        for model in (TryOnJob, Photo, SealedObject):
            model.objects.all().delete()
        self.shopper = Shopper.objects.get()
        self.garment = Garment.objects.get()
        self.seen: dict[uuid.UUID, Seen] = {}
        self.asked: dict[str, tuple[uuid.UUID, uuid.UUID]] = {}
        self.successes: dict[uuid.UUID, int] = {}
        return multiple(*(factories.photo(self.shopper).pk for _ in range(2)))

    @precondition(lambda self: sum(seen.status in engine.ACTIVE for seen in self.seen.values()) < 2)
    @rule(target=jobs, photo=photos, key=st.sampled_from(["", "", "a", "b"]))
    def submit(self, photo: uuid.UUID, key: str) -> Any:
        """The same key is the same try-on for as long as that exists, and another request is refused."""
        before = self.asked.get(key) if key else None
        if before and self.seen[before[1]].status == GONE:
            before = None
        there = Photo.objects.filter(pk=photo).exists()
        expected = "idempotency_conflict" if before and before[0] != photo else "not_found"
        answer = self.ask(photo, key)
        if isinstance(answer, str):
            assert (answer, there and not before) == (expected, False)
            return multiple()
        job, created = answer
        assert created != bool(before)
        if before:
            assert before == (photo, job.pk)
            return multiple()
        self.asked[key] = (photo, job.pk)
        self.seen[job.pk] = Seen("")
        self.successes[job.pk] = 0
        return job.pk

    def ask(self, photo: uuid.UUID, key: str) -> tuple[TryOnJob, bool] | str:
        """The try-on and whether it is new, or the code of the refusal."""
        try:
            return job_submit(
                shopper=self.shopper, photo_id=photo, garment_ids=[self.garment.pk], idempotency_key=key
            )
        except TryOnError as refusal:
            return refusal.code

    @rule(target=claims, limit=st.integers(1, 3))
    def claim(self, limit: int) -> Any:
        waiting = sum(seen.status == Status.QUEUED for seen in self.seen.values())
        works = work_claim(model=TryOnJob, limit=limit)
        assert bool(works) == bool(waiting)
        assert len(works) <= min(limit, waiting)
        for work in works:
            before = self.seen[work.pk]
            assert before.status == Status.QUEUED
            assert (work.attempts, work.fencing_token) == (before.attempts + 1, before.fencing_token + 1)
        return multiple(*works)

    @rule(work=claims)
    def renew(self, work: TryOnJob) -> None:
        assert work_renew(work=work, stage="warp", progress=0.5) == self.holds(work)

    @rule(work=consumes(claims))
    def hand_in(self, work: TryOnJob) -> None:
        """As the worker does: seal the picture, finish with it, erase it again if it came too late."""
        held = self.holds(work)
        sealed = object_seal(
            shopper=self.shopper, kind=SealedObject.Kind.RESULT, media_type="image/png", data=b"picture"
        )
        assert work_succeed(work=work, result=sealed, confidence=0.5) == held
        self.successes[work.pk] += held
        if not held:
            object_erase(sealed=sealed, reason="stale")

    @rule(work=claims, end=st.sampled_from(["refuse", "give up", "give back"]))
    def end_attempt(self, work: TryOnJob, end: str) -> None:
        held = self.holds(work)
        if end == "refuse":
            assert work_fail(work=work, code="no_person") == held
        elif end == "give up":
            assert work_retry(work=work, code="internal_error") == held
        else:
            assert work_return(work=work) == held

    @rule()
    def leases_run_out(self) -> None:
        TryOnJob.objects.filter(status=Status.RUNNING).update(lease_until=Now() - timedelta(seconds=1))

    @rule()
    def sweep(self) -> None:
        lost = TryOnJob.objects.filter(status=Status.RUNNING, lease_until__lt=Now())
        poison = lost.filter(attempts=TryOnJob.MAX_ATTEMPTS).count()
        expected = (lost.count() - poison, poison)
        assert work_sweep(model=TryOnJob)[:2] == expected

    @rule(target=claims)
    def workers_die_and_others_take_over(self) -> Any:
        self.leases_run_out()
        self.sweep()
        self.every_step_is_legal()
        return self.claim(3)

    @rule(job=jobs)
    def cancel(self, job: uuid.UUID) -> None:
        for row in TryOnJob.objects.filter(pk=job):
            expected = Status.CANCELLED if self.seen[job].status in engine.ACTIVE else self.seen[job].status
            assert job_cancel(job=row).status == expected

    @rule(job=jobs, of_age=st.booleans())
    def forget(self, job: uuid.UUID, of_age: bool) -> None:
        """Its owner deletes the try-on, or its time is up."""
        rows = TryOnJob.objects.filter(pk=job)
        if of_age:
            rows.update(expires_at=timezone.now())
            retention_sweep()
        elif rows:
            job_erase(job=rows.get(), reason="requested")
        assert not rows.all()

    @rule(photo=consumes(photos), of_age=st.booleans(), target=photos)
    def forget_photo(self, photo: uuid.UUID, of_age: bool) -> uuid.UUID:
        """Its owner deletes the photo, or its time is up; then they send another one."""
        rows = Photo.objects.filter(pk=photo)
        if of_age:
            rows.update(expires_at=timezone.now())
            retention_sweep()
        else:
            photo_erase(photo=rows.get(), reason="requested")
        assert not rows.all()
        return factories.photo(self.shopper).pk

    @invariant()
    def every_step_is_legal(self) -> None:
        """Compare the rows with what they were before the event."""
        JobLife.steps += 1
        rows = TryOnJob.objects.in_bulk(list(getattr(self, "seen", {})))
        for job, before in getattr(self, "seen", {}).items():
            self.seen[job] = self.changed(before, rows[job]) if job in rows else Seen(GONE)

    @invariant()
    def nothing_is_kept_that_nobody_names(self) -> None:
        """Each picture, and each photo, is named by one row; there are no others."""
        named = Q(tryon__isnull=False) | Q(photo__isnull=False)
        assert not SealedObject.objects.exclude(named).exists()

    def changed(self, before: Seen, row: TryOnJob) -> Seen:
        now = Seen(row.status, row.attempts, row.fencing_token, row.result_id)
        assert now.status == before.status or (before.status, now.status) in LEGAL
        assert now.fencing_token == before.fencing_token + (
            (before.status, now.status) == (Status.QUEUED, Status.RUNNING)
        )
        assert now.attempts <= TryOnJob.MAX_ATTEMPTS
        assert (now.result_id is not None) == (now.status == Status.SUCCEEDED)
        assert self.successes[row.pk] == (now.status in (Status.SUCCEEDED, Status.EXPIRED))
        assert now.status != Status.RUNNING or row.lease_until is not None
        assert (row.finished_at is not None) == (now.status not in engine.ACTIVE)
        return now

    def holds(self, work: TryOnJob) -> bool:
        seen = self.seen[work.pk]
        return (seen.status, seen.fencing_token) == (Status.RUNNING, work.fencing_token)


def test_no_order_of_events_breaks_the_life_of_a_job(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(engine, "announce", lambda model: None)
    settings.TRYON = settings.TRYON | {"DAILY_LIMIT_GUEST": STEPS}
    factories.shopper()
    factories.garment()
    profile = hypothesis_settings(
        max_examples=10, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
    )
    JobLife.steps = 0
    while JobLife.steps < STEPS:
        run_state_machine_as_test(JobLife, settings=profile)
    record_property("steps", JobLife.steps)
