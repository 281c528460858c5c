"""Where merchants add one garment or many, watch what becomes of the pictures, and say which to keep."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFilesSent
from django.db.models import Count, QuerySet
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from unfold.admin import ModelAdmin
from unfold.decorators import display

from .admin_garments import STATUS_COLOURS
from .errors import ERRORS, TryOnError, message_for
from .import_files import COLUMNS, MOST_ITEMS
from .import_forms import ImportForm, ImportUploadHandler, item_form
from .models import GarmentImport
from .selectors.garment_imports import import_figures, items_to_add
from .services.garment_imports import ChoicesRefusedError, import_add, import_create, import_delete

BATCH = "admin:tryon_garmentimport_{}"


@admin.register(GarmentImport)
class GarmentImportAdmin(ModelAdmin):
    list_display = ("created_at", "created_by", "pictures", "state")
    list_select_related = ("created_by",)

    class Media:
        css = {"all": ["tryon/admin.css"]}
        js = [Script("tryon/admin_live.js", type="module"), Script("tryon/admin_import.js", type="module")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GarmentImport]:
        imports: QuerySet[GarmentImport] = super().get_queryset(request)
        return imports.annotate(pieces=Count("items"))

    @display(description=_("pictures"), ordering="pieces")
    def pictures(self, batch: GarmentImport) -> int:
        return batch.pieces  # type: ignore[attr-defined]  # annotated above

    @display(description=_("state"), label=STATUS_COLOURS, ordering="status")
    def state(self, batch: GarmentImport) -> tuple[str, str]:
        return batch.status, batch.get_status_display()

    def get_urls(self) -> list[URLPattern]:
        status = path(
            "<uuid:object_id>/status/",
            self.admin_site.admin_view(self.status_view),
            name="tryon_garmentimport_status",
        )
        return [status, *super().get_urls()]

    @method_decorator(csrf_exempt)
    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the body apart our own way, which has to come before the check for forgery reads it."""
        request.upload_handlers = [ImportUploadHandler(request)]
        try:
            _ = request.POST
        except RequestDataTooBig:
            return self._add_page(request, ImportForm(), ERRORS["import_too_large"].message)
        except TooManyFilesSent:
            return self._add_page(request, ImportForm(), ERRORS["import_too_many"].message)
        return self._checked_add_view(request)

    @method_decorator(csrf_protect)
    def _checked_add_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._add_page(request, ImportForm())
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._add_page(request, form)
        batch = import_create(
            rows=form.cleaned_data["rows"], archive=form.cleaned_data["archive"], user_id=request.user.pk
        )
        return redirect(reverse(BATCH.format("change"), args=[batch.pk]))

    def _add_page(self, request: HttpRequest, form: ImportForm, error: object = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add garments"),
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "error": error,
            "most": MOST_ITEMS,
            "columns": COLUMNS,
        }
        return TemplateResponse(request, "tryon/admin/import_add.html", context, status=413 if error else 200)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The import as it goes, and once all is looked at, what may be added."""
        batch = self._batch(request, object_id)
        refused: dict[int, str] = {}
        if request.method == "POST":
            if not self.has_change_permission(request, batch):
                raise PermissionDenied
            try:
                return self._add_garments(request, batch)
            except ChoicesRefusedError as error:
                refused = error.codes
                messages.error(request, _("Nothing was added yet. See what is wrong at the marked garments."))
            except TryOnError as error:
                messages.error(request, str(error.message))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import of %(when)s") % {"when": batch},
            "opts": self.opts,
            "media": self.media,
            "original": batch,
            **_progress(batch),
            "forms": _forms(batch, request if request.method == "POST" else None, refused),
        }
        return TemplateResponse(request, "tryon/admin/import.html", context)

    def status_view(self, request: HttpRequest, object_id: object) -> HttpResponse:
        """{"done": bool, "html": the part of the page that changes}, for the page that polls."""
        batch = self._batch(request, str(object_id))
        context = _progress(batch)
        html = render_to_string("tryon/admin/_import_progress.html", context, request)
        return JsonResponse({"done": context["figures"].done, "html": html})

    def _batch(self, request: HttpRequest, object_id: str) -> GarmentImport:
        batch: GarmentImport | None = self.get_object(request, object_id)
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        if batch is None:
            raise Http404
        return batch

    def _add_garments(self, request: HttpRequest, batch: GarmentImport) -> HttpResponse:
        chosen = {item.position: item_form(item, request).choice() for item in items_to_add(batch=batch)}
        choices = {position: choice for position, choice in chosen.items() if choice}
        garments = import_add(batch=batch, choices=choices)
        text = ngettext(
            "%(count)d garment was added. A worker prepares it now.",
            "%(count)d garments were added. A worker prepares them now.",
            len(garments),
        )
        messages.success(request, text % {"count": len(garments)})
        return redirect(request.path)

    def delete_model(self, request: HttpRequest, obj: GarmentImport) -> None:
        import_delete(batch=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[GarmentImport]) -> None:
        for batch in queryset:
            import_delete(batch=batch)


def _progress(batch: GarmentImport) -> dict[str, Any]:
    """What the changing part of the page shows."""
    items = list(batch.items.select_related("garment"))
    for item in items:
        item.reason = message_for(item.error_code) if item.error_code else ""  # type: ignore[attr-defined]
    stopped = message_for(batch.error_code) if batch.error_code else ""
    figures = import_figures(batch=batch)
    return {"batch": batch, "items": items, "figures": figures, "stopped": stopped}


def _forms(
    batch: GarmentImport, request: HttpRequest | None, refused: dict[int, str]
) -> list[tuple[Any, Any, Any]]:
    """Items that may be added, each with its form and what is wrong with that."""
    words = {position: message_for(code) for position, code in refused.items()}
    items = items_to_add(batch=batch)
    return [(item, item_form(item, request), words.get(item.position, "")) for item in items]
