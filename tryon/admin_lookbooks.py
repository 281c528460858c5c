"""Where designers put garments on people side by side, and vary them before they exist."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from .admin_garments import STATUS_COLOURS
from .errors import TryOnError, message_for, sample_message_for
from .lookbook_forms import READY, LookbookForm, VariationForm
from .models import Lookbook
from .selectors.wearers import Wearer, wearers, wearers_called
from .services.lookbooks import (
    MOST_LOOKS,
    MOST_WEARERS,
    look_add,
    look_remove,
    lookbook_create,
    lookbook_delete,
    wearer_open,
)

ACTIVE = (Lookbook.Status.QUEUED, Lookbook.Status.RUNNING)


@admin.register(Lookbook)
class LookbookAdmin(ModelAdmin):
    list_display = ("name", "created_by", "state", "created_at")
    list_select_related = ("created_by",)
    search_fields = ("name",)

    class Media:
        css = {"all": ["tryon/admin.css"]}
        js = [Script("tryon/admin_live.js", type="module")]

    @display(description=_("state"), label=STATUS_COLOURS, ordering="status")
    def state(self, lookbook: Lookbook) -> tuple[str, str]:
        return lookbook.status, lookbook.get_status_display()

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("wearers/<uuid:sample_id>.jpg", self.wearer_view, "tryon_lookbook_wearer"),
            ("<uuid:object_id>/status/", self.status_view, "tryon_lookbook_status"),
            ("<uuid:object_id>/vary/", self.vary_view, "tryon_lookbook_vary"),
            ("<uuid:object_id>/remove/<int:look_id>/", self.remove_view, "tryon_lookbook_remove"),
        ]
        own = [path(route, self.admin_site.admin_view(view), name=name) for route, view, name in pages]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = LookbookForm(request.POST or None, label_suffix="")
        if request.method == "POST" and form.is_valid():
            try:
                made = lookbook_create(
                    name=form.cleaned_data["name"],
                    garments=list(form.cleaned_data["garments"]),
                    samples=form.cleaned_data["samples"],
                    user_id=request.user.pk,
                )
            except TryOnError as error:
                form.add_error(None, str(error.message))
            else:
                return _page_of(made)
        context = {
            "title": _("Make a lookbook"),
            "form": form,
            "garments": READY.all(),
            "chosen": request.POST.getlist("garments") or request.GET.getlist("garment"),
            "samples": [(wearer, _picture_of(wearer)) for wearer in wearers()],
            "chosen_samples": request.POST.getlist("samples"),
            "most": MOST_LOOKS,
            "most_wearers": MOST_WEARERS,
        }
        return self._page(request, "tryon/admin/lookbook_add.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        lookbook = self._lookbook(request, object_id, "view")
        may_vary = self.has_change_permission(request, lookbook)
        form = VariationForm(lookbook=lookbook) if may_vary else None
        context = {"title": lookbook.name, "original": lookbook, "form": form, **_shown(lookbook)}
        return self._page(request, "tryon/admin/lookbook.html", context)

    def status_view(self, request: HttpRequest, object_id: object) -> HttpResponse:
        """{"done": bool, "html": the part of the page that changes}, for the page that polls."""
        context = _shown(self._lookbook(request, object_id, "view"))
        html = render_to_string("tryon/admin/_looks.html", context, request)
        return JsonResponse({"done": context["settled"], "html": html})

    def wearer_view(self, request: HttpRequest, sample_id: object) -> HttpResponse:
        """A model to choose, without face and surroundings; nobody whose licence does not permit it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            picture = wearer_open(key=str(sample_id))
        except TryOnError as error:
            raise Http404 from error
        headers = {"Cache-Control": "private, no-store"}
        return HttpResponse(picture, content_type="image/jpeg", headers=headers)

    @method_decorator(require_POST)
    def vary_view(self, request: HttpRequest, object_id: object) -> HttpResponse:
        lookbook = self._lookbook(request, object_id, "change")
        form = VariationForm(request.POST, request.FILES, lookbook=lookbook)
        if not form.is_valid():
            messages.error(request, _("Choose a garment of this lookbook."))
            return _page_of(lookbook)
        try:
            look_add(lookbook=lookbook, **form.look())
        except TryOnError as error:
            messages.error(request, str(error.message))
        return _page_of(lookbook)

    @method_decorator(require_POST)
    def remove_view(self, request: HttpRequest, object_id: object, look_id: int) -> HttpResponse:
        lookbook = self._lookbook(request, object_id, "change")
        look = lookbook.looks.filter(pk=look_id).first()
        if look is None:
            raise Http404
        try:
            look_remove(look=look)
        except TryOnError as error:
            messages.error(request, str(error.message))
        return _page_of(lookbook)

    def _lookbook(self, request: HttpRequest, object_id: object, verb: str) -> Lookbook:
        if not request.user.has_perm(f"tryon.{verb}_lookbook"):
            raise PermissionDenied
        lookbook: Lookbook | None = self.get_object(request, str(object_id))
        if lookbook is None:
            raise Http404
        return lookbook

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        return TemplateResponse(request, template, frame | context)

    def delete_model(self, request: HttpRequest, obj: Lookbook) -> None:
        lookbook_delete(lookbook=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Lookbook]) -> None:
        for lookbook in queryset:
            lookbook_delete(lookbook=lookbook)


def _page_of(lookbook: Lookbook) -> HttpResponse:
    return redirect(reverse("admin:tryon_lookbook_change", args=[lookbook.pk]))


def _shown(lookbook: Lookbook) -> dict[str, Any]:
    """What the changing part of the page shows: each look with one entry for everybody who wears it."""
    people = {wearer.key: wearer for wearer in wearers_called(lookbook.samples)}
    rows = []
    for look in lookbook.looks.select_related("garment").prefetch_related("pictures"):
        made = {picture.sample: picture for picture in look.pictures.all()}
        cells = [
            {
                "name": people[sample].name if sample in people else "",
                "person": _picture_of(people[sample]) if sample in people else "",
                "picture": made.get(sample),
                "reason": sample_message_for(made[sample].error_code)
                if sample in made and made[sample].error_code
                else "",
            }
            for sample in lookbook.samples
        ]
        rows.append({"look": look, "cells": cells})
    stopped = message_for(lookbook.error_code) if lookbook.error_code else ""
    settled = lookbook.status not in ACTIVE
    return {"lookbook": lookbook, "rows": rows, "settled": settled, "stopped": stopped}


def _picture_of(wearer: Wearer) -> str:
    """The address of their picture."""
    if wearer.is_model:
        return reverse("admin:tryon_lookbook_wearer", args=[wearer.key])
    return static(wearer.key)
