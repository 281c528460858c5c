"""The life of leased work, generic over the models that are worked on.

Invariants:
- A row is claimed by one worker at a time; every claim has a new fencing token.
- Only the holder of the current token changes or finishes a running row: a worker that was thought dead and
  comes back finds its UPDATE matching nothing.
- A finished row is never claimed again.
- A row that was tried before waits behind those that waited meanwhile and is claimed alone: whatever it does
  to its worker, it holds up others for one lease at most and takes none down with it.
Leases are measured by the database's clock, so clocks of workers do not matter.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now

from tryon.announce import announce
from tryon.models import LeasedWork
from tryon.models.work import TURN

Work = TypeVar("Work", bound=LeasedWork)
Status = LeasedWork.Status

UNHEARD_SWEEPS = 2
"""For how many sweeps a row may wait in the queue before the sweeper takes its message for lost."""

ACTIVE = (Status.QUEUED, Status.RUNNING)


class Sweep(NamedTuple):
    """How many rows a sweep put back into the queue, gave up, and announced again."""

    requeued: int
    failed: int
    announced: int


def work_claim(*, model: type[Work], limit: int, claimable: Q | None = None) -> Sequence[Work]:
    """Claim up to `limit` queued rows in their turn, skipping rows that another worker is claiming.

    `claimable` narrows the rows further. The rows returned carry their fencing token and are running.
    """
    with transaction.atomic():
        queued = model._default_manager.select_for_update(skip_locked=True, of=("self",)).filter(
            claimable or Q(), status=Status.QUEUED
        )
        works = list(queued.order_by(TURN, "pk")[:limit])
        fresh = list(takewhile(lambda work: not work.attempts, works))
        claimed = model._default_manager.filter(pk__in=[work.pk for work in fresh or works[:1]])
        claimed.update(
            status=Status.RUNNING,
            stage="",
            progress=0.0,
            attempts=F("attempts") + 1,
            fencing_token=F("fencing_token") + 1,
            lease_until=_lease_end(),
            started_at=Now(),
        )
        return list(claimed.order_by("created_at", "pk"))


def work_renew(*, work: LeasedWork, stage: str | None = None, progress: float | None = None) -> bool:
    """Extend the lease, and record how far the work is (`progress` 0 to 1).

    False: the row was cancelled, erased or given to another worker, and the caller must stop.
    """
    changes: dict[str, Any] = {"lease_until": _lease_end()}
    if stage is not None:
        changes["stage"] = stage
    if progress is not None:
        changes["progress"] = progress
    return _held(work).update(**changes) == 1


def work_succeed(*, work: LeasedWork, **fields: Any) -> bool:
    """Finish with `fields` as the outcome. False: the row is no longer the caller's, nothing was written."""
    return _finish(work, status=Status.SUCCEEDED, progress=1.0, error_code="", **fields)


def work_fail(*, work: LeasedWork, code: str) -> bool:
    """Finish with a typed refusal. False: the row is no longer the caller's, nothing was written."""
    return _finish(work, status=Status.FAILED, error_code=code)


def work_retry(*, work: LeasedWork, code: str) -> bool:
    """Give up this attempt: back into the queue, or failed with `code` when it was the last one."""
    if work.attempts >= work.MAX_ATTEMPTS:
        return work_fail(work=work, code=code)
    return _held(work).update(**_QUEUED_AGAIN, lease_until=Now()) == 1


def work_return(*, work: LeasedWork) -> bool:
    """Give back a row that was claimed and not begun: it keeps its turn and the attempt does not count."""
    return _held(work).update(**_QUEUED_AGAIN, lease_until=None, attempts=F("attempts") - 1) == 1


def work_cancel(*, work: LeasedWork) -> bool:
    """Stop a row that is queued or running. False: it had finished already.

    A worker in the middle of it notices at its next renewal.
    """
    active = _rows(work).filter(status__in=ACTIVE)
    return active.update(status=Status.CANCELLED, lease_until=None, finished_at=Now()) == 1


def work_restart(*, work: LeasedWork) -> None:
    """Queue a row whose input has changed as if it were new; whoever holds it now has lost it."""
    _rows(work).update(
        **_QUEUED_AGAIN,
        lease_until=None,
        attempts=0,
        fencing_token=F("fencing_token") + 1,
        error_code="",
        announced_at=None,
        finished_at=None,
    )


def work_sweep(*, model: type[LeasedWork]) -> Sweep:
    """Take rows back from workers that stopped renewing, and announce rows that nobody has picked up.

    A row that was lost `MAX_ATTEMPTS` times is taken for poison and fails with `worker_lost`.
    """
    lost = model._default_manager.filter(status=Status.RUNNING, lease_until__lt=Now())
    failed = lost.filter(attempts__gte=model.MAX_ATTEMPTS).update(
        status=Status.FAILED, error_code="worker_lost", lease_until=None, finished_at=Now()
    )
    requeued = lost.filter(attempts__lt=model.MAX_ATTEMPTS).update(**_QUEUED_AGAIN, announced_at=None)
    waiting = model._default_manager.filter(status=Status.QUEUED).annotate(
        told_at=Coalesce("announced_at", "created_at")
    )
    unheard = settings.TRYON["SWEEP"] * UNHEARD_SWEEPS
    announced = waiting.filter(told_at__lt=Now() - unheard).update(announced_at=Now())
    if requeued or announced:
        announce(model)
    return Sweep(requeued, failed, announced)


_QUEUED_AGAIN: dict[str, Any] = {
    "status": Status.QUEUED,
    "stage": "",
    "progress": 0.0,
    "started_at": None,
}


def _rows(work: LeasedWork) -> QuerySet:
    return type(work)._default_manager.filter(pk=work.pk)


def _held(work: LeasedWork) -> QuerySet:
    """The row, as long as it is running and the caller's claim is the latest."""
    return _rows(work).filter(status=Status.RUNNING, fencing_token=work.fencing_token)


def _finish(work: LeasedWork, **changes: Any) -> bool:
    return _held(work).update(lease_until=None, finished_at=Now(), **changes) == 1


def _lease_end() -> CombinedExpression:
    return Now() + settings.TRYON["LEASE"]
