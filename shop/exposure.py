"""Whom the product pages offer the try-on, and what is counted of it.

A visitor is an account, or a session. A keyed hash of either decides, so nothing has to be kept to decide the
same again. A note in the session says for one day what was decided and what was counted; that note and the
daily counts are all there is. Staff, and programs that say what they are, see everything and are not counted.
"""

import re
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from shop.models import ExposureDay
from shop.services.exposure import exposure_count
from tryon.pseudonyms import signature
from tryon.signals import tryon_submitted

NOTE = "exposure"
PROGRAM = re.compile(r"^(?!Mozilla/)|(?<!cu)bot|crawl|spider|headless", re.IGNORECASE)
"""User agents that are no browser's: those begin with Mozilla. (There are telephones named Cubot.)"""
Event = ExposureDay.Event


def visit_of(request: HttpRequest) -> dict[str, Any] | None:
    """The note of this visitor and day, made if need be; None for whoever is not counted.

    `offered` says whether to offer the try-on, `counted` which events have been counted.
    """
    if request.user.is_staff or PROGRAM.search(request.headers.get("User-Agent", "")):
        return None
    note = _note(request)
    if note is None:
        percent: int = settings.SHOP["EXPOSURE_PERCENT"]
        note = {
            "day": timezone.localdate().isoformat(),
            "percent": percent,
            "offered": _place(request) < percent / 100,
            "counted": [],
        }
        request.session[NOTE] = note
    return note


def event_count(request: HttpRequest, event: ExposureDay.Event) -> None:
    """Count the event once for this visitor and day, if a browser of theirs has opened a product today."""
    note = _note(request)
    if note is None or request.user.is_staff or event in note["counted"]:
        return
    if event != Event.OPENED and Event.OPENED not in note["counted"]:
        return
    request.session[NOTE] = note | {"counted": [*note["counted"], event.value]}
    exposure_count(day=timezone.localdate(), percent=note["percent"], offered=note["offered"], event=event)


@receiver(tryon_submitted)
def count_tryon(request: HttpRequest, **_kwargs: object) -> None:
    """A visitor tried something on."""
    event_count(request, Event.TRIED)


def _note(request: HttpRequest) -> dict[str, Any] | None:
    """The note, while it is of today and of the share in force."""
    note: dict[str, Any] = request.session.get(NOTE, {})
    now = {"day": timezone.localdate().isoformat(), "percent": settings.SHOP["EXPOSURE_PERCENT"]}
    return note if note.items() >= now.items() else None


def _place(request: HttpRequest) -> float:
    """Where in 0 to 1 the visitor stands; below the share, the try-on is offered."""
    if request.user.is_authenticated:
        visitor = f"account|{request.user.pk}"
    else:
        if request.session.session_key is None:
            request.session.create()
        visitor = f"session|{request.session.session_key}"
    return int(signature("exposure", visitor.encode())[:8], 16) / 16**8
