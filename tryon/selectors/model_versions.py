"""Which model versions there are, and which one makes a picture."""

import hashlib
import uuid
from typing import NamedTuple

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import QuerySet

from tryon.errors import TryOnError
from tryon.model_weights import builtin_weights
from tryon.models import ModelVersion, TryOnJob

Status = ModelVersion.Status
GARMENT_NETWORKS = ("cloth", "garment")
"""Those that prepare the picture of a garment."""
BUILT_IN = "built-in"
"""What is written down where a version has its name."""


class Serving(NamedTuple):
    """What serves now. No `current`: the built-in version."""

    current: ModelVersion | None
    canary: ModelVersion | None


def models_serving() -> Serving:
    """One query of at most two rows, asked before each job."""
    rows = ModelVersion.objects.filter(status__in=[Status.CURRENT, Status.CANARY])
    found = {row.status: row for row in rows}
    return Serving(found.get(Status.CURRENT), found.get(Status.CANARY))


def model_for_job(*, job: TryOnJob, serving: Serving) -> ModelVersion | None:
    """The version that makes this job's picture, the same each time it is asked; None: the built-in one.

    A job is on trial if its place in 0 to 1, a hash of its id, lies below the share of the canary. So a
    larger share keeps the jobs of a smaller one, and each version is tried on other jobs.
    """
    if serving.canary is not None and _place(job.pk, serving.canary.pk) < serving.canary.share:
        return serving.canary
    return serving.current


def model_before(*, version: ModelVersion) -> ModelVersion | None:
    """The version that served before the one in service; None: the built-in one."""
    earlier = ModelVersion.objects.exclude(status=Status.DAMAGED).filter(promoted_at__lt=version.promoted_at)
    return earlier.order_by("-promoted_at").first()


def model_to_start_from() -> ModelVersion | None:
    """What a retraining best starts from: the version in service, or the nearest one that it comes from and
    that saw nothing which was erased since; None: the built-in one.
    """
    version = models_serving().current
    while version is not None and (version.tainted_at or version.status == Status.DAMAGED):
        version = version.base
    return version


def name_of(version: ModelVersion | None) -> str:
    """As `metrics["against"]` and the audit trail have it."""
    return version.name if version else BUILT_IN


def promotion_objection(*, version: ModelVersion, current: ModelVersion | None) -> str:
    """What speaks against putting `version` in the place of `current`, a code of `ERRORS`; empty: nothing.
    Whoever gives a reason may do it all the same.
    """
    if version.verdict == ModelVersion.Verdict.WORSE:
        return "model_override_required"
    return "model_comparison_outdated" if comparison_outdated(version=version, current=current) else ""


def comparison_outdated(*, version: ModelVersion, current: ModelVersion | None) -> bool:
    """Whether `version` was compared with another than `current`."""
    return bool(version.metrics.get("against", name_of(current)) != name_of(current))


def garments_differ(*, old: ModelVersion | None, new: ModelVersion | None) -> bool:
    """Whether garments prepared by one version have to be prepared again for the other. Where the built-in
    weights do not lie, as in a web process, they count as different from any other.
    """
    return _garment_networks(old) != _garment_networks(new)


def models_visible(*, user: AbstractUser | AnonymousUser, is_staff: bool) -> QuerySet[ModelVersion]:
    """Every version, for staff with the right to see them. Raises TryOnError `not_found` for all others."""
    if not (is_staff and user.has_perm("tryon.view_modelversion")):
        raise TryOnError("not_found")
    return ModelVersion.objects.select_related("base", "training_run")


def model_get(*, user: AbstractUser | AnonymousUser, is_staff: bool, model_id: uuid.UUID) -> ModelVersion:
    """One version. Raises TryOnError `not_found`, also for those who may not see any."""
    version = models_visible(user=user, is_staff=is_staff).filter(pk=model_id).first()
    if version is None:
        raise TryOnError("not_found")
    return version


def may_promote(*, user: AbstractUser | AnonymousUser) -> bool:
    """Whether the account may put versions into service and take them out."""
    return user.has_perm("tryon.promote_modelversion")


def _place(job_id: uuid.UUID, version_id: uuid.UUID) -> float:
    digest = hashlib.sha256(version_id.bytes + job_id.bytes).digest()
    return int.from_bytes(digest[:6]) / 2**48


def _garment_networks(version: ModelVersion | None) -> dict[str, str]:
    if version is not None:
        return {name: version.files.get(name, "") for name in GARMENT_NETWORKS}
    builtin = builtin_weights()
    present = [name for name in GARMENT_NETWORKS if name in builtin]
    return {name: hashlib.sha256(builtin[name].read_bytes()).hexdigest() for name in present}
