"""Where merchants add many photos of models at once, and see what became of each. None is shown."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFilesSent
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from unfold.admin import ModelAdmin
from unfold.decorators import action

from .errors import ERRORS, TryOnError, message_for
from .import_files import MOST_ITEMS
from .import_forms import PhotosUploadHandler
from .models import AuditEntry, TrainingSample
from .photo_files import COLUMNS, NOTE_LENGTH, PlannedPhoto
from .selectors.samples import samples_of_batch
from .services.audit import audit_record
from .services.sample_uploads import PhotosRefusedError, samples_add

Status = TrainingSample.Status
MEDIA = forms.Media(
    css={"all": ["tryon/admin.css"]},
    js=[Script("tryon/admin_live.js", type="module")],  # type: ignore[list-item]  # stubs know no Script
)


class PhotosForm(forms.Form):
    archive = forms.FileField(label=_("ZIP file"), widget=forms.FileInput(attrs={"accept": ".zip"}))
    licence_note = forms.CharField(
        required=False, max_length=NOTE_LENGTH, label=_("Licence note for all that have none in the list")
    )
    in_lookbooks = forms.BooleanField(required=False, label=capfirst(_("may be shown in lookbooks")))


class ManyPhotosAdmin(ModelAdmin):
    """Of training samples: `add-photos/`, and `batch/<id>/` for the photos that came together."""

    actions_list = ("add_many",)

    @action(description=_("Add many photos"), permissions=["add"], icon="add_photo_alternate")
    def add_many(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:tryon_trainingsample_photos")

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("add-photos/", self.photos_view, "photos"),
            ("batch/<uuid:batch>/", self.batch_view, "batch"),
            ("batch/<uuid:batch>/status/", self.batch_status_view, "batch_status"),
        ]
        own = [
            path(route, self.admin_site.admin_view(view), name=f"tryon_trainingsample_{name}")
            for route, view, name in pages
        ]
        return [*own, *super().get_urls()]

    @method_decorator(csrf_exempt)
    def photos_view(self, request: HttpRequest) -> HttpResponse:
        """Take the body apart in memory, which has to come before the check for forgery reads it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        request.upload_handlers = [PhotosUploadHandler(request)]
        try:
            _ = request.POST
        except (RequestDataTooBig, TooManyFilesSent):
            form = PhotosForm(label_suffix="")
            return self._photos_page(request, form, error=ERRORS["import_too_large"].message)
        return self._checked_photos_view(request)

    @method_decorator(csrf_protect)
    def _checked_photos_view(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return self._photos_page(request, PhotosForm(label_suffix=""))
        form = PhotosForm(request.POST, request.FILES, label_suffix="")
        rows: Sequence[PlannedPhoto] = ()
        if form.is_valid():
            fields = form.cleaned_data
            try:
                batch = samples_add(**fields | {"archive": fields["archive"].file})
            except PhotosRefusedError as refused:
                rows = refused.rows
            except TryOnError as error:
                form.add_error(None, str(error.message))
            else:
                return redirect("admin:tryon_trainingsample_batch", batch)
        return self._photos_page(request, form, rows)

    def _photos_page(
        self,
        request: HttpRequest,
        form: PhotosForm,
        rows: Sequence[PlannedPhoto] = (),
        error: object = None,
    ) -> HttpResponse:
        context = {
            "title": _("Add photos of models"),
            "form": form,
            "error": error,
            "rows": [(row, message_for(row.error_code) if row.error_code else "") for row in rows],
            "most": MOST_ITEMS,
            "columns": COLUMNS,
        }
        return self._own_page(request, "samples_add", context, status=413 if error else 200)

    def batch_view(self, request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
        """Photos that came together, each with its verdict, as it goes."""
        context = self._batch(request, batch)
        audit_record(action=AuditEntry.Action.LIST, object_kind=str(self.opts.model_name), object_id=batch)
        return self._own_page(request, "samples_batch", context | {"title": _("Photos of models")})

    def batch_status_view(self, request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
        """{"done": bool, "html": the part of the page that changes}, for the page that polls."""
        context = self._batch(request, batch)
        html = render_to_string("tryon/admin/_samples_batch.html", context, request)
        return JsonResponse({"done": context["settled"], "html": html})

    def _batch(self, request: HttpRequest, batch: uuid.UUID) -> dict[str, Any]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        samples = list(samples_of_batch(batch=batch))
        if not samples:
            raise Http404
        waiting = sum(sample.status in (Status.QUEUED, Status.RUNNING) for sample in samples)
        return {
            "batch": batch,
            "rows": [(each, message_for(each.error_code) if each.error_code else "") for each in samples],
            "fit": sum(sample.status == Status.SUCCEEDED for sample in samples),
            "refused": sum(sample.status == Status.FAILED for sample in samples),
            "settled": not waiting,
            "share": 1 - waiting / len(samples),
        }

    def _own_page(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "media": MEDIA}
        return TemplateResponse(request, f"tryon/admin/{name}.html", frame | context, status=status)
