"""What a training has seen, by the manifest that it left."""

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from tryon.models import Garment, TrainingSample


class Seen(NamedTuple):
    """One garment or photo. `name`: of the garment, or where the photo came from; empty if it is gone."""

    id: uuid.UUID
    name: str
    sha256: str


class Manifest(NamedTuple):
    """Everything that was seen, garments by name and photos by id; what is gone comes last."""

    garments: list[Seen]
    samples: list[Seen]


def manifest_plain(manifest: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """{"garments": SHA-256 by id, "samples": the same}; empty where nothing was seen, or nothing yet."""
    return {kind: dict(manifest.get(kind, {})) for kind in ("garments", "samples")}


def manifest_read(manifest: Mapping[str, Any]) -> Manifest:
    """With names, for people."""
    plain = manifest_plain(manifest)
    garments = Garment.objects.filter(pk__in=plain["garments"]).values_list("pk", "name")
    samples = TrainingSample.objects.filter(pk__in=plain["samples"])
    sources = {sample.pk: sample.get_source_display() for sample in samples.only("source")}
    return Manifest(_seen(plain["garments"], dict(garments)), _seen(plain["samples"], sources))


def _seen(digests: Mapping[str, str], names: Mapping[uuid.UUID, str]) -> list[Seen]:
    keys = ((uuid.UUID(key), digest) for key, digest in digests.items())
    rows = [Seen(key, names.get(key, ""), digest) for key, digest in keys]
    return sorted(rows, key=lambda row: (not row.name, row.name, str(row.id)))
