"""Rows and pictures for tests, made the way the product makes them."""

import hashlib
import io
import struct
import zipfile
import zlib
from datetime import timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from safetensors.numpy import save

from tryon.import_files import Planned
from tryon.ingest import CleanImage
from tryon.models import (
    Consent,
    Garment,
    GarmentImport,
    ModelVersion,
    Photo,
    SealedObject,
    Shopper,
    TrainingSample,
    TryOnItem,
    TryOnJob,
)
from tryon.services.consents import consent_give
from tryon.services.garment_imports import import_create, item_keep_picture
from tryon.services.photo_store import object_seal


def picture(width: int = 60, height: int = 80) -> Image.Image:
    """A picture without symmetry: red grows to the right, green downwards, one corner is blue."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    blue = Image.new("L", (width, height))
    blue.paste(255, (0, 0, width // 3, height // 3))
    return Image.merge("RGB", (across, down, blue))


def encoded(image: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    """The picture as a file of the given format."""
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int, height: int, *, depth: int = 8, colour: int = 2, pixels: bytes = b"", extra: bytes = b""
) -> bytes:
    """A PNG put together by hand, whatever sense it makes: colour type 0 is grey, 2 is RGB."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + header + extra + body + png_chunk(b"IEND", b"")


def shopper(*, consent: bool = True, user: Any = None) -> Shopper:
    """A guest, or the shopper of `user`, who agrees to try on."""
    row = Shopper.objects.create(user=user)
    if consent:
        consent_give(shopper=row, purpose=Consent.Purpose.TRYON, version=settings.TRYON["CONSENT_VERSION"])
    return row


def user(name: str = "ada", **fields: Any) -> Any:
    return get_user_model().objects.create_user(username=name, email=f"{name}@example.com", **fields)


def sealed(owner: Shopper, kind: str = SealedObject.Kind.PHOTO, data: bytes | None = None) -> SealedObject:
    media_type = "image/jpeg" if kind == SealedObject.Kind.PHOTO else "image/png"
    content = encoded(picture()) if data is None else data
    return object_seal(shopper=owner, kind=kind, media_type=media_type, data=content)


def photo(owner: Shopper, *, status: str = Photo.Status.SUCCEEDED, **fields: Any) -> Photo:
    """A photo of 60 x 80 pixels; checked and fit to use unless `status` says otherwise."""
    row = sealed(owner)
    expires_at = fields.pop("expires_at", timezone.now() + settings.TRYON["PHOTO_TTL"])
    return Photo.objects.create(
        id=row.id,
        shopper=owner,
        sealed=row,
        width=60,
        height=80,
        status=status,
        expires_at=expires_at,
        **_work_fields(status, fields),
    )


def garment(*, status: str = Garment.Status.SUCCEEDED, **fields: Any) -> Garment:
    """A garment that is ready; its pictures are names only."""
    fields = {
        "name": "Striped shirt",
        "category": Garment.Category.UPPER_BODY,
        "image": "garments/a.png",
    } | fields
    return Garment.objects.create(status=status, **_work_fields(status, fields))


def garment_with_picture() -> Garment:
    """A garment whose picture is a dark square before a white wall."""
    square = Image.new("RGB", (40, 50), "white")
    square.paste((10, 20, 30), (10, 10, 30, 40))
    row = garment()
    row.image.save("square.png", ContentFile(encoded(square, "PNG")))
    return row


def looked_at_import() -> GarmentImport:
    """An import of three pictures: one given as a coat, one guessed to be a dress, one refused."""
    rows = [
        Planned("a.jpg", "Coat", "C-1", "upper_body", True),
        Planned("b.jpg", "Dress"),
        Planned("c.jpg", "Worn"),
    ]
    batch = import_create(rows=rows, user_id=None)
    for item in batch.items.all():
        item_keep_picture(item=item, picture=CleanImage(b"picture %d" % item.position, 1, 1))
    batch.items.filter(position=0).update(status="succeeded", warnings=["cloth_low_resolution"])
    batch.items.filter(position=1).update(status="succeeded", category="dresses", certainty=0.873)
    batch.items.filter(position=2).update(status="failed", error_code="cloth_worn")
    GarmentImport.objects.update(status="succeeded")
    batch.refresh_from_db()
    return batch


def zipped(files: dict[str, bytes], name: str = "all.ZIP", **options: Any) -> SimpleUploadedFile:
    """A ZIP file to send."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", **options) as archive:
        for member, data in files.items():
            archive.writestr(member, data)
    return SimpleUploadedFile(name, target.getvalue())


def weights(value: float = 0.0) -> bytes:
    """A safetensors file of one number."""
    content: bytes = save({"value": np.float32([value])}, {"version": "test"})
    return content


def model_version(name: str = "autumn", **fields: Any) -> ModelVersion:
    """A version without files: the rest of the product does not look into them."""
    served = {"promoted_at": timezone.now()} if fields.get("status") == "current" else {}
    return ModelVersion.objects.create(name=name, **{"files": {}} | served | fields)


def tryon(
    source: Photo, *, status: str = TryOnJob.Status.QUEUED, result: bool = False, **fields: Any
) -> TryOnJob:
    """A try-on of one garment on a photo, with a sealed result if asked for."""
    expires_at = fields.pop("expires_at", timezone.now() + settings.TRYON["RESULT_TTL"])
    piece = fields.pop("garment", None) or garment()
    owner = source.shopper
    job = TryOnJob.objects.create(
        shopper=owner,
        photo=source,
        status=status,
        result=sealed(owner, SealedObject.Kind.RESULT) if result else None,
        expires_at=expires_at,
        **_work_fields(status, fields),
    )
    TryOnItem.objects.create(job=job, garment=piece, position=0)
    return job


def agree_to_training(owner: Shopper) -> Consent:
    return consent_give(
        shopper=owner, purpose=Consent.Purpose.TRAINING, version=settings.TRYON["CONSENT_VERSION"]
    )


def sample(source: Photo | None = None, *, status: str = "succeeded", **fields: Any) -> TrainingSample:
    """A training sample of a shopper's photo, or without one of a merchant's; with its picture when done."""
    owner = source.shopper if source else None
    done = status == "succeeded"
    data = fields.pop("data", None) or encoded(picture())
    fields = {
        "source": "shopper" if source else "merchant",
        "licence_note": "" if source else "Contract of 2026-01-02",
        "sealed": object_seal(shopper=owner, kind="sample", media_type="image/jpeg", data=data)
        if done
        else None,
        "sha256": hashlib.sha256(data).hexdigest() if done else "",
        "expires_at": timezone.now() + settings.TRYON["SAMPLE_TTL"],
    } | _work_fields(status, fields)
    return TrainingSample.objects.create(photo=source, shopper=owner, status=status, **fields)


def _work_fields(status: str, fields: dict[str, Any]) -> dict[str, Any]:
    """What the constraints ask of a row in this status."""
    if status == "running":
        return {
            "lease_until": timezone.now() + timedelta(minutes=1),
            "fencing_token": 1,
            "attempts": 1,
        } | fields
    if status == "failed":
        return {"error_code": "no_person"} | fields
    return fields
