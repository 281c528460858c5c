"""Which model makes the pictures: registering versions, putting them into service and taking them out.

What always holds:
- At most one version is in service and at most one is on trial; where none is in service, the built-in one is.
- Each change is one transaction, with its entry in the audit trail: before it the old version serves, after it
  the new one. Changes take turns.
- The files of a version lie in the store before its row is there.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tryon.errors import TryOnError
from tryon.models import AuditEntry, ModelVersion

from .audit import audit_record
from .model_weights import builtin_weights, weights_keep

Action = AuditEntry.Action
Status = ModelVersion.Status
KIND = "modelversion"


def model_register(
    *,
    name: str,
    files: Mapping[str, bytes | Path],
    base: ModelVersion | None,
    metrics: Mapping[str, Any],
    verdict: str,
    manifest: Mapping[str, Any],
    created_by: AbstractBaseUser | None,
) -> ModelVersion:
    """Take in a trained version as a candidate.

    `files`: what was trained, a safetensors file by the name of its network ("warp", "generator", ...); the rest
    comes from `base`, or from the built-in weights. `manifest["samples"]`: SHA-256 by the id of each sample that
    the training saw, so that a later erasure finds this version. `verdict`: of ModelVersion.Verdict, or empty.

    Not to be called inside a transaction: the files are stored first. Only where the built-in weights lie, in a
    worker. Raises TryOnError `model_invalid` or `model_name_taken`.
    """
    if ModelVersion.objects.filter(name=name).exists():
        raise TryOnError("model_name_taken")
    rest = builtin_weights()
    if not files or files.keys() - rest.keys() or verdict not in ("", *ModelVersion.Verdict.values):
        raise TryOnError("model_invalid")
    inherited = base.files if base else {}
    kept = {
        network: inherited[network]
        if network in inherited and network not in files
        else weights_keep(content=_bytes(files.get(network, path)))
        for network, path in rest.items()
    }
    with transaction.atomic():
        # Held, so that a mark that `base` is getting meanwhile reaches this version too.
        held = ModelVersion.objects.select_for_update().get(pk=base.pk) if base else None
        version = ModelVersion(
            name=name,
            base=held,
            files=kept,
            metrics=dict(metrics),
            verdict=verdict,
            manifest=dict(manifest),
            tainted_at=held.tainted_at if held else None,
            created_by=created_by,
        )
        version.save(force_insert=True)
        audit_record(action=Action.CREATE, object_kind=KIND, object_id=version.pk, note=name)
    return version


def _bytes(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()
