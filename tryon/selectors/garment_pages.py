"""What a merchant sees of a garment: its state, the verdict about its picture, its previews, its outline."""

import uuid
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tryon.errors import ADVICE, TryOnError, message_for, sample_message_for
from tryon.models import Garment, GarmentPreview, LeasedWork

from .garments import garment_corners, garment_get

Status = LeasedWork.Status
ACTIVE = (Status.QUEUED, Status.RUNNING)


class Verdict(NamedTuple):
    """`kind` is good, mind, bad or busy; `reasons` say what to do."""

    kind: str
    title: Promise
    reasons: list[Promise]


def garment_of_staff(*, garment_id: uuid.UUID, user: AbstractUser | AnonymousUser, is_staff: bool) -> Garment:
    """One garment in whatever state. Raises TryOnError `not_found`, also for what the account may not see."""
    if not (is_staff and user.has_perm("tryon.view_garment")):
        raise TryOnError("not_found")
    return garment_get(garment_id=garment_id, is_staff=True)


def verdict_of(garment: Garment) -> Verdict:
    """What the check of the picture came to, in words."""
    if garment.status in ACTIVE:
        return Verdict("busy", _("A worker looks at the picture"), [])
    if garment.error_code:
        return Verdict("bad", _("Cannot be tried on"), [message_for(garment.error_code)])
    reasons = [ADVICE[code] for code in garment.warnings if code in ADVICE]
    if reasons:
        return Verdict("mind", _("Can be tried on, and could be better"), reasons)
    return Verdict("good", _("Can be tried on"), [])


def previews_of(garment: Garment) -> list[dict[str, Any]]:
    """Every sample shopper, with the preview on them if there is one."""
    made = {preview.sample: preview for preview in GarmentPreview.objects.filter(garment=garment)}
    return [
        {
            "sample": sample,
            "preview": made.get(sample["image"]),
            "reason": _reason(made.get(sample["image"])),
        }
        for sample in settings.TRYON["SAMPLE_PHOTOS"]
    ]


def page_settled(garment: Garment) -> bool:
    """Whether nothing more will happen to the garment or its previews by itself."""
    waiting = GarmentPreview.objects.filter(garment=garment, status__in=ACTIVE)
    return garment.status not in ACTIVE and not waiting.exists()


def garment_outline(*, garment: Garment) -> dict[str, Any]:
    """What is needed to correct it: the addresses of the picture and of the mask to begin with, whether that
    was drawn by hand, the corners, and those that were moved before.
    """
    start = garment.drawn_mask or garment.cutout
    return {
        "picture": garment.image.url,
        "start": start.url if start else "",
        "drawn": bool(garment.drawn_mask),
        "landmarks": garment_corners(garment=garment),
        "moved": garment.drawn_landmarks,
    }


def _reason(preview: GarmentPreview | None) -> Promise | str:
    return sample_message_for(preview.error_code) if preview and preview.error_code else ""
