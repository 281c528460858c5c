"""What a training has seen, by the manifest that it left."""

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tryon.models import DataSource, Garment, TrainingSample


class Seen(NamedTuple):
    """One garment or photo. `name`: of the garment, or where the photo came from; empty if it is gone."""

    id: uuid.UUID
    name: str
    sha256: str


class Manifest(NamedTuple):
    """Everything that was seen, garments by name and photos by id; what is gone comes last."""

    garments: list[Seen]
    samples: list[Seen]


def manifest_plain(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """{"filter": what was to be learnt from or None, "garments": SHA-256 by id, "samples": the same}; empty
    where nothing was seen, or nothing yet."""
    seen = {kind: dict(manifest.get(kind, {})) for kind in ("garments", "samples")}
    return {"filter": manifest.get("filter"), **seen}


def filter_words(chosen: Mapping[str, Any] | None) -> list[str]:
    """What was to be learnt from, as people read it: categories, sources, and since when it was added. Of
    `DataFilter.as_json`; empty if there is none."""
    if not chosen:
        return []
    categories = [str(Garment.Category(name).label) for name in chosen["categories"]]
    sources = [str(DataSource(name).label) for name in chosen["sources"]]
    words = [", ".join(categories), ", ".join(sources)]
    since = parse_date(chosen["since"] or "")
    return [*words, _("added since %(day)s") % {"day": date_format(since)}] if since else words


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
