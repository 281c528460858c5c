"""The page of what a training has seen, and the same as a file."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from .models import ModelVersion, TrainingRun
from .selectors.manifests import filter_words, manifest_plain, manifest_read


class ManifestAdmin(ModelAdmin):
    """Of a model with the fields `name` and `manifest`: `<id>/manifest/`, and `<id>/manifest.json`."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_manifest"
        page, file = (self.admin_site.admin_view(each) for each in (self.manifest_view, self.manifest_file))
        return [
            path("<uuid:object_id>/manifest/", page, name=name),
            path("<uuid:object_id>/manifest.json", file, name=f"{name}_file"),
            *super().get_urls(),
        ]

    def manifest_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        row = self._with_manifest(request, object_id)
        label = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        context = {
            **self.admin_site.each_context(request),
            "title": _("What %(name)s was trained on") % {"name": row.name},
            "opts": self.opts,
            "seen": manifest_read(row.manifest),
            "filter": filter_words(row.manifest.get("filter")),
            "back": reverse(f"{label}_change", args=[row.pk]),
            "file": reverse(f"{label}_manifest_file", args=[row.pk]),
        }
        return TemplateResponse(request, "tryon/admin/manifest.html", context)

    def manifest_file(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        row = self._with_manifest(request, object_id)
        return JsonResponse(
            {"name": row.name, **manifest_plain(row.manifest)},
            json_dumps_params={"indent": 2},
            headers={"Content-Disposition": f'attachment; filename="{row.name}.json"'},
        )

    def _with_manifest(self, request: HttpRequest, object_id: Any) -> ModelVersion | TrainingRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row: ModelVersion | TrainingRun | None = self.get_object(request, str(object_id))
        if row is None:
            raise Http404
        return row
