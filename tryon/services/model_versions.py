"""Which model makes the pictures: registering versions, putting them into service and taking them out.

What always holds:
- At most one version is in service and at most one on trial; where none is in service, the built-in one is.
- Each change is one transaction, with its entry in the audit trail: before it the old version serves, after
  it the new one. Changes take turns.
- The files of a version lie in the store before its row is there.
"""

import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tryon.errors import TryOnError
from tryon.model_weights import WeightsError, builtin_weights, weights_keep, weights_open
from tryon.models import AuditEntry, ModelVersion
from tryon.selectors.model_versions import (
    garments_differ,
    model_before,
    models_serving,
    name_of,
    promotion_objection,
)

from .audit import audit_record
from .garment_renewal import garments_outdate

Action = AuditEntry.Action
Status = ModelVersion.Status
KIND = "modelversion"
LONGEST_REASON = 64
"""What an entry of the audit trail holds."""

logger = logging.getLogger(__name__)


def model_register(
    *,
    name: str,
    files: Mapping[str, bytes | Path],
    base: ModelVersion | None,
    metrics: Mapping[str, Any],
    verdict: str,
    manifest: Mapping[str, Any],
    created_by: AbstractUser | None,
) -> ModelVersion:
    """Take in a trained version as a candidate.

    `files`: what was trained, a safetensors file by the name of its network ("warp", "generator", ...); the
    rest comes from `base`, or from the built-in weights. `manifest["samples"]`: SHA-256 by the id of each
    sample that the training saw, so that a later erasure finds this version. `verdict`: of
    ModelVersion.Verdict, or empty; `metrics["against"]`: `name_of` the version that it was compared with.

    Not to be called inside a transaction: the files are stored first. Only where the built-in weights lie, in
    a worker. Raises TryOnError `model_invalid`, `model_name_taken` or `disk_full`.
    """
    version = ModelVersion(
        name=name,
        files=_digests(files, base),
        metrics=dict(metrics),
        verdict=verdict,
        manifest=dict(manifest),
        created_by_id=created_by.pk if created_by else None,
    )
    try:
        version.clean_fields(exclude=["created_by"])
        with transaction.atomic():
            # Held, so that a mark that `base` is getting meanwhile reaches this version too.
            version.base = ModelVersion.objects.select_for_update().get(pk=base.pk) if base else None
            version.tainted_at = version.base.tainted_at if version.base else None
            version.save(force_insert=True)
            audit_record(action=Action.CREATE, object_kind=KIND, object_id=version.pk, note=name)
    except ValidationError as error:
        raise TryOnError("model_invalid") from error
    except IntegrityError as error:
        if ModelVersion.objects.filter(name=name).exists():
            raise TryOnError("model_name_taken") from error
        raise
    return version


def model_promote(*, version: ModelVersion, override_reason: str = "") -> ModelVersion:
    """Put the version into service, in the place of the one before.

    One that was judged worse, or compared with a version that does not serve any more, needs a reason, which
    the audit trail keeps. Raises TryOnError `model_override_required`, `model_comparison_outdated`,
    `model_in_service` or `model_damaged`.
    """
    _require_whole(version)
    reason = override_reason.strip()
    with _turn():
        version = _startable(version)
        before = models_serving().current
        objection = promotion_objection(version=version, current=before)
        if len(reason) > LONGEST_REASON or (objection and not reason):
            raise TryOnError(objection or "model_override_required")
        if before is not None:
            _set(before, status=Status.RETIRED)
        _set(version, status=Status.CURRENT, share=0, promoted_at=timezone.now())
        _outdate_garments(before, version)
        audit_record(action=Action.PROMOTE, object_kind=KIND, object_id=version.pk, note=reason)
    return version


def model_canary(*, version: ModelVersion, share: float) -> ModelVersion:
    """Try the version on a share (0 to 1) of the try-ons, instead of another that is on trial; 0 ends it.

    Raises TryOnError `model_in_service` or `model_damaged`, ValueError for what is no share.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is not in 0 to 1")
    if share:
        _require_whole(version)
    with _turn():
        version = _startable(version)
        tried = models_serving().canary
        if not share and tried != version:
            return version
        if tried is not None:
            _set(tried, status=Status.RETIRED if tried.promoted_at else Status.CANDIDATE, share=0)
        if share:
            _set(version, status=Status.CANARY, share=share)
        version.refresh_from_db()
        audit_record(action=Action.CANARY, object_kind=KIND, object_id=version.pk, note=f"share {share:g}")
    return version


def model_rollback(*, of: uuid.UUID | None = None) -> ModelVersion | None:
    """Put the version before the one in service back; returns it, None for the built-in one.

    `of`: the version that should be in service now, so that nobody rolls back twice by accident. Raises
    TryOnError `nothing_to_roll_back` or `model_not_in_service`.
    """
    with _turn():
        current = models_serving().current
        if current is None:
            raise TryOnError("nothing_to_roll_back")
        if of not in (None, current.pk):
            raise TryOnError("model_not_in_service")
        before = _withdraw(current, Status.RETIRED)
        audit_record(action=Action.ROLLBACK, object_kind=KIND, object_id=current.pk, note=name_of(before))
    return before


def model_mark_damaged(*, version: ModelVersion, reason: str) -> bool:
    """Never use the version again: its files are missing or worthless. Whatever served before it serves.

    False: somebody else has found out first.
    """
    with _turn():
        version = ModelVersion.objects.get(pk=version.pk)
        if version.status == Status.DAMAGED:
            return False
        if version.status == Status.CURRENT:
            _withdraw(version, Status.DAMAGED)
        else:
            _set(version, status=Status.DAMAGED, share=0)
        audit_record(action=Action.CHANGE, object_kind=KIND, object_id=version.pk, note=f"damaged: {reason}")
    logger.error("Model version %s is damaged and out of use: %s", version.name, reason)
    return True


@transaction.atomic
def model_versions_mark_tainted(*, sample_ids: Iterable[object]) -> list[ModelVersion]:
    """Mark the versions that saw one of these samples, and all that were trained from them; returns those
    that had no mark yet. Part of the erasure of the samples: to be called in its transaction.
    """
    keys = [str(sample_id) for sample_id in sample_ids]
    found: set[object] = set()
    saw = ModelVersion.objects.filter(manifest__samples__has_any_keys=keys)
    level = set(saw.values_list("pk", flat=True))
    marked: list[ModelVersion] = []
    while level:
        # The rows are locked before their children are looked up: one that is being registered waits for us,
        # or we for it.
        rows = ModelVersion.objects.select_for_update().filter(pk__in=level).order_by("pk")
        marked += [row for row in rows if row.tainted_at is None]
        found |= level
        level = set(ModelVersion.objects.filter(base__in=level).values_list("pk", flat=True)) - found
    for row in marked:
        _set(row, tainted_at=timezone.now())
        audit_record(action=Action.CHANGE, object_kind=KIND, object_id=row.pk, note="tainted")
    return marked


def _digests(files: Mapping[str, bytes | Path], base: ModelVersion | None) -> dict[str, str]:
    """Store what is not stored yet; returns the digests of all networks. Raises TryOnError."""
    networks = builtin_weights()
    if not files or files.keys() - networks.keys():
        raise TryOnError("model_invalid")
    digests = dict(base.files) if base else {}
    for network, path in networks.items():
        if network in files or network not in digests:
            digests[network] = weights_keep(content=_bytes(files.get(network, path)))
    return digests


def _bytes(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


@contextmanager
def _turn() -> Iterator[None]:
    """A transaction that changes what serves, one at a time. Workers go on reading."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE tryon_modelversion IN SHARE ROW EXCLUSIVE MODE")
        yield


def _require_whole(version: ModelVersion) -> None:
    """Find out before anybody depends on it. Raises TryOnError `model_damaged`."""
    try:
        for digest in version.files.values():
            weights_open(digest=digest)
    except WeightsError as error:
        model_mark_damaged(version=version, reason=str(error))
        raise TryOnError("model_damaged") from error


def _startable(version: ModelVersion) -> ModelVersion:
    """The version as it is now. Raises TryOnError `model_in_service` or `model_damaged`."""
    version = ModelVersion.objects.get(pk=version.pk)
    if version.status == Status.CURRENT:
        raise TryOnError("model_in_service")
    if version.status == Status.DAMAGED:
        raise TryOnError("model_damaged")
    return version


def _withdraw(current: ModelVersion, status: str) -> ModelVersion | None:
    """Take the version out of service for the one before it, which is returned."""
    before = model_before(version=current)
    _set(current, status=status, promoted_at=None)
    if before is not None:
        _set(before, status=Status.CURRENT, share=0)
    _outdate_garments(current, before)
    return before


def _outdate_garments(old: ModelVersion | None, new: ModelVersion | None) -> None:
    if garments_differ(old=old, new=new):
        garments_outdate()


def _set(version: ModelVersion, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(version, name, value)
    version.save(update_fields=list(fields))
