"""Starting, steering and following retrainings.

What always holds:
- At most one run is active on a device: the database sees to it, so of two clicks at once one starts a run.
- A worker writes to a run only with the fencing token of its claim. A pause takes the lease away at once; the
  worker notices at its next step, leaves a checkpoint, and stops.
- A checkpoint lies in the store before the row names it, and the one before is deleted after: whatever is
  killed, the row names a whole one. A run that gets from checkpoint to checkpoint is no poison: each
  counts its attempts anew.
"""

import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from tryon.announce import announce_on_commit
from tryon.errors import TryOnError
from tryon.model_weights import file_keep
from tryon.models import AuditEntry, DataSource, Garment, ModelVersion, TrainingRun
from tryon.selectors.training_runs import DataFilter, counts_to_learn_from

from .audit import audit_record
from .work import work_cancel, work_renew, work_succeed

Status = TrainingRun.Status
KIND = "trainingrun"
LEAST_GARMENTS, LEAST_CATEGORIES = 12, 2
"""As in `ml.training.store_set`, which web processes do not have; a test compares them."""
LEAST_MINUTES, MOST_MINUTES, MOST_STEPS = 0.1, 24 * 60, 200_000
CURVE_POINTS = 300
"""Of a curve that is twice as long every second point goes."""


def run_start(
    *,
    base: ModelVersion | None = None,
    categories: Sequence[str] = (),
    sources: Sequence[str] = (),
    since: date | None = None,
    minutes: float | None = None,
    steps: int | None = None,
    device: str = TrainingRun.Device.CPU,
    seed: int | None = None,
    created_by: AbstractUser | None = None,
) -> TrainingRun:
    """Queue a retraining on what is of `categories`, from `sources` (none: all of them), and was added on the
    day `since` or later. No `seed`: a random one.

    Raises TryOnError: `training_length`, `training_device`, `model_damaged`, those of `data_require`, or
    `training_running` when the device is taken.
    """
    every = list(Garment.Category.values), list(DataSource.values)
    chosen = DataFilter(sorted(set(categories)) or every[0], sorted(set(sources)) or every[1], since)
    if not _is_length(minutes, steps):
        raise TryOnError("training_length")
    if device not in settings.TRYON["TRAINING_DEVICES"]:
        raise TryOnError("training_device")
    if base is not None and base.status == ModelVersion.Status.DAMAGED:
        raise TryOnError("model_damaged")
    data_require(chosen=chosen)
    with _one_per_device():
        run = TrainingRun.objects.create(
            base=base,
            **chosen._asdict(),
            minutes=minutes,
            steps=steps,
            device=device,
            seed=secrets.randbelow(2**31) if seed is None else seed,
            created_by=created_by,  # type: ignore[misc]  # this app knows no shop
        )
    audit_record(action=AuditEntry.Action.CREATE, object_kind=KIND, object_id=run.pk)
    announce_on_commit(TrainingRun)
    return run


def data_require(*, chosen: DataFilter) -> None:
    """Refuse what nothing can be learnt from. Raises TryOnError `category_unsupported`, `training_source`,
    `training_set_too_small` or `training_set_one_class`."""
    if set(chosen.categories) - set(Garment.Category.values):
        raise TryOnError("category_unsupported")
    if set(chosen.sources) - set(DataSource.values):
        raise TryOnError("training_source")
    counts = counts_to_learn_from(chosen)
    if sum(counts.values()) < LEAST_GARMENTS:
        raise TryOnError("training_set_too_small")
    if len(counts) < LEAST_CATEGORIES:
        raise TryOnError("training_set_one_class")


def run_pause(*, run: TrainingRun) -> None:
    """Stop at the next step, with a checkpoint to go on from. Raises TryOnError `training_not_active`."""
    active = _rows(run).filter(status__in=[Status.QUEUED, Status.RUNNING])
    if not active.update(status=Status.PAUSED, lease_until=None, eta_seconds=None):
        raise TryOnError("training_not_active")
    _changed(run, "pause")


def run_resume(*, run: TrainingRun) -> None:
    """Queue a paused run again, or a failed one that has a checkpoint.

    Raises TryOnError `training_not_paused`, and `training_running` when its device has been taken meanwhile.
    """
    stopped = _rows(run).filter(status=Status.PAUSED) | _rows(run).filter(status=Status.FAILED).exclude(
        checkpoint=""
    )
    with _one_per_device():
        resumed = stopped.update(
            status=Status.QUEUED, attempts=0, error_code="", finished_at=None, announced_at=None
        )
    if not resumed:
        raise TryOnError("training_not_paused")
    _changed(run, "resume")
    announce_on_commit(TrainingRun)


def run_cancel(*, run: TrainingRun) -> None:
    """Stop for good and drop the checkpoint. Raises TryOnError `training_not_active`."""
    paused = _rows(run).filter(status=Status.PAUSED)
    stopped = work_cancel(work=run) or paused.update(status=Status.CANCELLED, finished_at=Now()) == 1
    if not stopped:
        raise TryOnError("training_not_active")
    _changed(run, "cancel")
    run_forget_checkpoint(run=run)


def run_report(
    *, run: TrainingRun, step: int, share: float, losses: Sequence[float], eta_seconds: float
) -> bool:
    """Note how far a run is. False: it is no longer the caller's, who has to stop."""
    # After a kill the steps since the last checkpoint are done again.
    run.curve = [*(point for point in run.curve if point[0] < step), [step, *losses]]
    if len(run.curve) > 2 * CURVE_POINTS:
        run.curve = run.curve[::2]
    return work_renew(
        work=run, stage="training", progress=share, step=step, curve=run.curve, eta_seconds=eta_seconds
    )


@transaction.atomic
def run_finish(
    *, run: TrainingRun, candidate: ModelVersion, report: dict[str, Any], manifest: dict[str, Any]
) -> bool:
    """End a run with what came of it. False, and nothing is written: it is no longer the caller's."""
    if not work_succeed(work=run, candidate=candidate, report=report, manifest=manifest, eta_seconds=None):
        return False
    note = f"compared: {report['verdict']}"
    audit_record(action=AuditEntry.Action.CHANGE, object_kind=KIND, object_id=run.pk, note=note)
    return True


def run_keep_checkpoint(*, run: TrainingRun, data: bytes) -> bool:
    """Keep a checkpoint in the place of the one before. False, and nothing is kept, once another worker has
    claimed the run, or it was cancelled.
    """
    held = _rows(run).filter(fencing_token=run.fencing_token)
    return _replace(run, held.exclude(status=Status.CANCELLED), "checkpoint", data, attempts=0)


def run_keep_sheet(*, run: TrainingRun, data: bytes) -> bool:
    """Keep a PNG of samples in the place of the one before. False: the run is no longer the caller's."""
    held = _rows(run).filter(fencing_token=run.fencing_token, status=Status.RUNNING)
    return _replace(run, held, "sheet", data)


def run_forget_checkpoint(*, run: TrainingRun) -> None:
    """Delete what nobody will go on from."""
    name = _rows(run).values_list("checkpoint", flat=True).first()
    if name:
        _rows(run).update(checkpoint="")
        storages["models"].delete(name)


def run_file(*, name: str) -> bytes:
    """The bytes of a checkpoint or sheet. Raises FileNotFoundError."""
    with storages["models"].open(name) as file:
        content: bytes = file.read()
    return content


def run_sheet(*, run: TrainingRun) -> bytes:
    """The newest sheet of samples, a PNG. Raises TryOnError `not_found` if there is none."""
    try:
        if run.sheet:
            return run_file(name=run.sheet)
    except FileNotFoundError:
        pass  # Replaced while it was asked for.
    raise TryOnError("not_found")


def _replace(run: TrainingRun, held: Any, field: str, data: bytes, **changes: Any) -> bool:
    suffix = {"checkpoint": "safetensors", "sheet": "png"}[field]
    name = file_keep(name=f"runs/{run.pk}/{uuid.uuid4().hex}.{suffix}", content=data)
    with transaction.atomic():
        # Locked, so that the name read here is the one that is replaced.
        row = held.select_for_update(of=("self",)).first()
        if row is not None:
            held.update(**{field: name}, **changes)
    outdated = name if row is None else getattr(row, field)
    if outdated:
        storages["models"].delete(outdated)
    return row is not None


def _is_length(minutes: float | None, steps: int | None) -> bool:
    """Whether this says, once, for how long to train."""
    if minutes is None:
        return steps is not None and 1 <= steps <= MOST_STEPS
    return steps is None and LEAST_MINUTES <= minutes <= MOST_MINUTES


@contextmanager
def _one_per_device() -> Iterator[None]:
    """Raises TryOnError `training_running` when what is written would be a second active run of a device."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "one_active_training_per_device" not in str(error):
            raise
        raise TryOnError("training_running") from error


def _rows(run: TrainingRun) -> Any:
    return TrainingRun.objects.filter(pk=run.pk)


def _changed(run: TrainingRun, what: str) -> None:
    audit_record(action=AuditEntry.Action.CHANGE, object_kind=KIND, object_id=run.pk, note=what)
    run.refresh_from_db()
