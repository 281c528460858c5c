"""Everything known of a person, as a zip that is made while it is sent (GDPR, articles 15 and 20).

`docs/privacy.md` says what lies where in it. A picture is decrypted when its turn comes and is in memory
alone, one at a time; nothing is written to disk.
"""

import json
import mimetypes
import zipfile
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from tryon.key_ring import SealError
from tryon.ledger import Kind
from tryon.models import AuditEntry, SealedObject, Shopper
from tryon.personal_data import HOLDERS
from tryon.pseudonyms import account_pseudonym, shopper_pseudonym
from tryon.selectors.audit import audit_of

from .audit import audit_record
from .photo_store import object_open

FORMAT = 1
"""Raised whenever something in `data.json` changes its name, its place or its meaning."""
FOLDERS: dict[str, str] = {
    SealedObject.Kind.PHOTO: "photos",
    SealedObject.Kind.RESULT: "results",
    SealedObject.Kind.ANALYSIS: "analyses",
    SealedObject.Kind.SAMPLE: "samples",
}


def person_export(*, shopper: Shopper | None, user: AbstractBaseUser | None) -> Iterator[bytes]:
    """The archive in pieces: `data.json` first, then each picture and what was found in the photos.

    What is erased meanwhile is left out. Raises SealError at a picture that does not open: the archive ends
    there, and no reader takes it for whole.
    """
    owner = shopper_pseudonym(shopper.pk) if shopper else account_pseudonym(user.pk) if user else ""
    audit_record(action=AuditEntry.Action.EXPORT, object_kind=Kind.SHOPPER, object_id=owner, subject=owner)
    return _pieces(shopper, user)


def _pieces(shopper: Shopper | None, user: AbstractBaseUser | None) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:  # Stored, not deflated: pictures are compressed already.
        facts = json.dumps(_facts(shopper, user), cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
        archive.writestr("data.json", facts)
        yield pipe.take()
        for sealed in shopper.sealed_objects.order_by("created_at") if shopper else ():
            content = _open(sealed)
            if content is not None:
                archive.writestr(_name(sealed), content)
                yield pipe.take()
    yield pipe.take()


def _open(sealed: SealedObject) -> bytes | None:
    try:
        return object_open(sealed=sealed)
    except SealError:
        if SealedObject.objects.filter(pk=sealed.pk).exists():
            raise
        return None


def _name(sealed: SealedObject) -> str:
    return f"{FOLDERS[sealed.kind]}/{sealed.id}{mimetypes.guess_extension(sealed.media_type) or ''}"


def _facts(shopper: Shopper | None, user: AbstractBaseUser | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"format": FORMAT, "made_at": timezone.now()}
    facts["audit"] = audit_of(shopper=shopper, user=user)
    if shopper is not None:
        facts |= _shopper_facts(shopper)
    if user is not None:
        facts |= {holder.name: holder.export(user) for holder in HOLDERS.values()}
    return facts


def _shopper_facts(shopper: Shopper) -> dict[str, Any]:
    photos = shopper.photos.values(
        "id", "status", "error_code", "width", "height", "checks", "analysis", "created_at", "expires_at"
    )
    return {
        "shopper": {name: getattr(shopper, name) for name in ("id", "created_at", "quota_day", "quota_used")},
        "consents": list(
            shopper.consents.order_by("given_at").values("purpose", "version", "given_at", "withdrawn_at")
        ),
        "photos": list(photos),
        "tryons": _tryon_facts(shopper),
        "samples": list(
            shopper.samples.values(
                "id",
                "photo",
                "sealed",
                "status",
                "error_code",
                "sha256",
                "quality",
                "created_at",
                "expires_at",
            )
        ),
        "files": [
            {"name": _name(sealed), "media_type": sealed.media_type, "created_at": sealed.created_at}
            for sealed in shopper.sealed_objects.order_by("created_at")
        ],
    }


def _tryon_facts(shopper: Shopper) -> list[dict[str, Any]]:
    fields = (
        "status", "error_code", "confidence", "model_version", "timings", "attempts", "created_at",
        "started_at", "finished_at", "expires_at",
    )  # fmt: skip
    return [
        {
            "id": job.id,
            "photo": job.photo_id,
            "result": job.result_id,
            "garments": [item.garment.name for item in job.items.all()],
            **{name: getattr(job, name) for name in fields},
        }
        for job in shopper.tryons.prefetch_related("items__garment")
    ]


class _Pipe:
    """A file without a way back: what the archive has written and nobody has taken yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken
