"""Claim, keep, run, finish: the loop that all work goes through, whatever the work is.

Whatever is logged meanwhile carries the id of the row (`job_id`) and its kind.

A lease is renewed from two sides: at each stage, and by a thread while a stage takes its time. Losing it (the
row was cancelled, erased, or given to another worker) stops the work at its next stage.
"""

import logging
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from threading import Event, Thread
from types import TracebackType
from typing import Any, Generic, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q
from structlog.contextvars import bound_contextvars

from ml.errors import Refusal
from tryon.announce import announce
from tryon.errors import TryOnError
from tryon.models import LeasedWork
from tryon.services.work import work_claim, work_fail, work_renew, work_retry, work_return

logger = logging.getLogger(__name__)

Work = TypeVar("Work", bound=LeasedWork)


class LeaseLostError(Exception):
    """The row is no longer this worker's."""


class Heartbeat(AbstractContextManager["Heartbeat"]):
    """Renews the leases of claimed rows while the block runs, from a thread with its own connection."""

    def __init__(self, works: Iterable[LeasedWork]) -> None:
        self._held = list(works)
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def drop(self, work: LeasedWork) -> None:
        """Stop renewing a row that is finished."""
        self._held = [held for held in self._held if held is not work]

    def _run(self) -> None:
        while not self._stopped.wait(settings.TRYON["LEASE"].total_seconds() / 4):
            try:
                for work in self._held:
                    work_renew(work=work)
            except DatabaseError as error:
                # The next beat tries again; at worst the lease runs out and the sweeper takes the row.
                logger.warning("A lease was not renewed: %s", type(error).__name__)
            finally:
                connection.close()


class Progress(Generic[Work]):
    """Called by the pipeline: reports each stage; raises LeaseLostError if it should stop."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def __call__(self, stage: str, progress: float, **fields: Any) -> None:
        """`progress` is the share of the whole work that is done, 0 to 1; `fields` go into the row too."""
        if not work_renew(work=self._work, stage=stage, progress=progress, **fields):
            raise LeaseLostError


def run_batch(
    *,
    model: type[Work],
    handle: Callable[[Work, Progress[Work]], None],
    limit: int,
    claimable: Q | None = None,
) -> int:
    """Claim up to `limit` rows, run `handle` on each, announce what is left; returns how many were claimed.

    `handle` finishes its row itself (`work_succeed`) or raises: Refusal and TryOnError fail the row with
    their code, LeaseLostError leaves it alone, anything else gives up the attempt.
    """
    works = work_claim(model=model, limit=limit, claimable=claimable)
    with Heartbeat(works) as heartbeat:
        for index, work in enumerate(works):
            try:
                with bound_contextvars(job_id=str(work.pk), kind=work._meta.model_name):
                    _run_one(work, handle)
            except SoftTimeLimitExceeded:
                logger.warning("%s %s took too long.", model.__name__, work.pk)
                work_retry(work=work, code="timed_out")
                _give_back(works[index + 1 :])
                break
            finally:
                heartbeat.drop(work)
    if works and model._default_manager.filter(claimable or Q(), status=LeasedWork.Status.QUEUED).exists():
        announce(model)
    return len(works)


def _run_one(work: Work, handle: Callable[[Work, Progress[Work]], None]) -> None:
    name = type(work).__name__
    try:
        handle(work, Progress(work))
    except (Refusal, TryOnError) as refusal:
        work_fail(work=work, code=refusal.code)
        logger.info("%s %s: %s", name, work.pk, refusal.code)
    except LeaseLostError:
        logger.info("%s %s is no longer ours.", name, work.pk)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        # The places without the message, which could carry parts of a picture.
        places = "".join(traceback.format_tb(error.__traceback__))
        logger.error("%s %s failed: %s\n%s", name, work.pk, type(error).__name__, places)
        work_retry(work=work, code="internal_error")
    else:
        logger.info("%s %s is done.", name, work.pk)


def _give_back(works: Sequence[LeasedWork]) -> None:
    for work in works:
        work_return(work=work)
