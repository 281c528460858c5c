"""The page on which a merchant draws the outline of a garment and moves its corners."""

import json
from typing import Any

from django.contrib import admin, messages
from django.forms.widgets import Media, Script
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .errors import TryOnError
from .models import Garment
from .selectors.garments import garment_corners
from .services.garment_corrections import garment_correct

SCRIPT = Script("tryon/garment_editor.js", type="module")
MEDIA = Media(css={"all": ["tryon/admin.css"]}, js=[SCRIPT])  # type: ignore[list-item]  # stubs know no Script


def editor_response(request: HttpRequest, garment: Garment) -> HttpResponse:
    """The page; a POST takes `mask` (a PNG) and `landmarks` (JSON), and answers {"url"} or {"error"}."""
    if request.method == "POST":
        return _save(request, garment)
    context = {
        **admin.site.each_context(request),
        "title": _("Outline of %(garment)s") % {"garment": garment},
        "opts": Garment._meta,
        "media": MEDIA,
        "garment": garment,
        "editor": json.dumps(_settings(garment)),
        "is_drawn": bool(garment.drawn_mask or garment.drawn_landmarks),
    }
    return TemplateResponse(request, "tryon/admin/editor.html", context)


def _settings(garment: Garment) -> dict[str, Any]:
    """What the script needs: the picture, the mask to begin with, the corners, and those moved before."""
    start = garment.drawn_mask or garment.cutout
    return {
        "picture": garment.image.url,
        "start": start.url if start else "",
        "drawn": bool(garment.drawn_mask),
        "landmarks": garment_corners(garment=garment),
        "moved": garment.drawn_landmarks,
    }


def _save(request: HttpRequest, garment: Garment) -> HttpResponse:
    upload = request.FILES.get("mask")
    try:
        landmarks = _parsed(request.POST.get("landmarks", "{}"))
        garment_correct(garment=garment, mask=upload.read() if upload else b"", landmarks=landmarks)
    except TryOnError as error:
        return JsonResponse({"error": str(error.message), "code": error.code}, status=error.status)
    messages.success(request, _("A worker prepares it again with what you have drawn."))
    return JsonResponse({"url": reverse("admin:tryon_garment_change", args=[garment.pk])})


def _parsed(text: str) -> dict[str, Any]:
    try:
        landmarks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TryOnError("landmark_invalid") from error
    if not isinstance(landmarks, dict):
        raise TryOnError("landmark_invalid")
    return landmarks
