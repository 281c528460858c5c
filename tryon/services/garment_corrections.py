"""What a merchant draws on a garment's picture: it is believed instead of what the networks find."""

import io
import json
import math
import uuid
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image

from tryon.errors import TryOnError
from tryon.ingest import decode_upload
from tryon.models import Garment

from .garment_files import files_delete
from .garment_previews import previews_forget
from .garments import garment_prepare

MOST_BYTES = 4 * 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n"
LEAST_SHARE = 0.01
"""Of a picture, below which what is drawn is no garment."""


def garment_correct(*, garment: Garment, mask: bytes, landmarks: dict[str, Any]) -> Garment:
    """Keep a mask, a PNG as large as the picture that is white on the garment, and corners, name to [x, y] in
    pixels; the garment is then prepared again by them. Empty bytes, no corners: the networks' are back.

    Raises TryOnError mask_invalid, mask_empty or landmark_invalid.
    """
    size = garment.image.width, garment.image.height
    drawn = _checked_mask(mask, size) if mask else b""
    points = _checked_landmarks(landmarks, size, set(garment.landmarks))
    with transaction.atomic():
        locked = Garment.objects.select_for_update().get(pk=garment.pk)
        if locked.image.name != garment.image.name:
            raise TryOnError("mask_invalid")
        outdated = [locked.drawn_mask.name, locked.analysis.name]
        locked.drawn_mask, locked.analysis, locked.drawn_landmarks = "", "", points
        if drawn:
            locked.drawn_mask.save(f"{uuid.uuid4().hex}.png", ContentFile(drawn), save=False)
        locked.save(update_fields=["drawn_mask", "analysis", "drawn_landmarks"])
        previews_forget(garment=locked)
        garment_prepare(garment=locked)
        transaction.on_commit(lambda: files_delete(outdated))
    return locked


def landmarks_parse(text: str) -> dict[str, Any]:
    """The corners that were sent as JSON, not checked yet. Raises TryOnError landmark_invalid."""
    try:
        landmarks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TryOnError("landmark_invalid") from error
    if not isinstance(landmarks, dict):
        raise TryOnError("landmark_invalid")
    return landmarks


def _checked_mask(mask: bytes, size: tuple[int, int]) -> bytes:
    """The mask as a PNG of our own, black and white."""
    if len(mask) > MOST_BYTES or not mask.startswith(PNG):
        raise TryOnError("mask_invalid")
    try:
        clean = decode_upload(mask)
    except TryOnError as error:
        raise TryOnError("mask_invalid") from error
    if (clean.width, clean.height) != size:
        raise TryOnError("mask_invalid")
    with Image.open(io.BytesIO(clean.data)) as picture:
        drawn = picture.convert("L").point(lambda value: 255 * (value > 127))
    if drawn.histogram()[255] < LEAST_SHARE * size[0] * size[1]:
        raise TryOnError("mask_empty")
    target = io.BytesIO()
    drawn.save(target, "PNG")
    return target.getvalue()


def _checked_landmarks(
    landmarks: dict[str, Any], size: tuple[int, int], known: set[str]
) -> dict[str, list[float]]:
    """The corners, each of a known name and inside of the picture."""
    points = {}
    for name, point in landmarks.items():
        if name not in known or not isinstance(point, list) or len(point) != 2:
            raise TryOnError("landmark_invalid")
        for value, side in zip(point, size, strict=True):
            number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not number or not 0 <= value <= side - 1:
                raise TryOnError("landmark_invalid")
        points[name] = [round(float(value), 1) for value in point]
    return points
