"""The page on which a merchant draws the outline of a garment and moves its corners."""

import json

from django.contrib import admin, messages
from django.forms.widgets import Media, Script
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .errors import TryOnError
from .models import Garment
from .selectors.garment_pages import garment_outline
from .services.garment_corrections import garment_correct, landmarks_parse

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
        "editor": json.dumps(garment_outline(garment=garment)),
        "is_drawn": bool(garment.drawn_mask or garment.drawn_landmarks),
    }
    return TemplateResponse(request, "tryon/admin/editor.html", context)


def _save(request: HttpRequest, garment: Garment) -> HttpResponse:
    upload = request.FILES.get("mask")
    try:
        landmarks = landmarks_parse(request.POST.get("landmarks", "{}"))
        garment_correct(garment=garment, mask=upload.read() if upload else b"", landmarks=landmarks)
    except TryOnError as error:
        return JsonResponse({"error": str(error.message), "code": error.code}, status=error.status)
    messages.success(request, _("A worker prepares it again with what you have drawn."))
    return JsonResponse({"url": reverse("admin:tryon_garment_change", args=[garment.pk])})
