"""Where staff see their garments, what is wrong with a picture, and how a garment looks when it is worn."""

from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminImageFieldWidget

from .admin_editor import editor_response
from .errors import TryOnError, message_for
from .ingest import decode_upload
from .models import Garment
from .selectors.garment_pages import page_settled, previews_of, verdict_of
from .services.garment_previews import previews_request
from .services.garments import garment_create, garment_delete, garment_prepare, garment_update

PICTURE = '<img class="at-item__picture" src="{}" alt="" loading="lazy">'
STATUS_COLOURS = {
    Garment.Status.QUEUED: "info",
    Garment.Status.RUNNING: "info",
    Garment.Status.SUCCEEDED: "success",
    Garment.Status.FAILED: "danger",
}


class PageLink(NamedTuple):
    """A way to somewhere else from a garment's page."""

    title: str | Promise
    url: str


class GarmentForm(forms.ModelForm):
    # Not an ImageField, which would parse the upload in this very process.
    image = forms.FileField(label=capfirst(_("picture")), widget=UnfoldAdminImageFieldWidget)

    class Meta:
        model = Garment
        fields = ["name", "sku", "category", "outer", "image"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            category = cast(forms.ChoiceField, self.fields["category"])
            category.required = False
            category.choices = [("", _("Guess it from the picture")), *Garment.Category.choices]

    def clean_image(self) -> UploadedFile:
        """Refuse what cannot be read while the form is still open."""
        image = self.cleaned_data["image"]
        if "image" in self.changed_data:
            try:
                decode_upload(image.read())
            except TryOnError as error:
                raise forms.ValidationError(str(error.message), code=error.code) from error
            image.seek(0)
        return image


@admin.register(Garment)
class GarmentAdmin(ModelAdmin):
    form = GarmentForm
    list_display = ("picture", "name", "sku", "category", "state", "reason", "created_at")
    list_display_links = ("picture", "name")
    list_filter = ("category", "outer", "status", "error_code")
    search_fields = ("name", "sku")
    actions: tuple[str, ...] = ("prepare_again",)
    actions_list = ("add_many",)
    change_form_outer_before_template = "tryon/admin/garment.html"

    class Media:
        css = {"all": ["tryon/admin.css"]}
        js = [Script("tryon/admin_live.js", type="module")]

    @action(description=_("Add many garments"), permissions=["add"], icon="add_photo_alternate")
    def add_many(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:tryon_garmentimport_add")

    @display(description=_("picture"))
    def picture(self, garment: Garment) -> SafeString | str:
        image = garment.cutout or garment.image
        return format_html(PICTURE, image.url) if image else "-"

    @display(description=_("state"), label=STATUS_COLOURS, ordering="status")
    def state(self, garment: Garment) -> tuple[str, str]:
        return garment.status, garment.get_status_display()

    @display(description=_("reason"))
    def reason(self, garment: Garment) -> str:
        """Why it could not be prepared, or what would make it look better."""
        if garment.error_code:
            return str(message_for(garment.error_code))
        return " ".join(map(str, verdict_of(garment).reasons)) or "-"

    def get_urls(self) -> list[URLPattern]:
        pages = [("status", self.status_view), ("prepare", self.prepare_view), ("preview", self.preview_view)]
        pages.append(("outline", self.outline_view))
        own = [
            path(f"<uuid:object_id>/{name}/", self.admin_site.admin_view(view), name=f"tryon_garment_{name}")
            for name, view in pages
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        garment = self.get_object(request, object_id)
        shown = _shown(garment) | {"links": self.page_links(request, garment)} if garment else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | shown)

    def page_links(self, request: HttpRequest, garment: Garment) -> list[PageLink]:
        """Where the page of a garment leads to. An app that this one does not know has more to say."""
        return []

    def status_view(self, request: HttpRequest, object_id: object) -> HttpResponse:
        """{"done": bool, "html": the part of the page that changes}, for the page that polls."""
        context = _shown(self._garment(request, object_id, "view"))
        html = render_to_string("tryon/admin/_garment_state.html", context, request)
        return JsonResponse({"done": context["settled"], "html": html})

    @method_decorator(require_POST)
    def prepare_view(self, request: HttpRequest, object_id: object) -> HttpResponse:
        garment_prepare(garment=self._garment(request, object_id, "change"))
        messages.success(request, _("A worker will prepare it in a moment."))
        return redirect(reverse("admin:tryon_garment_change", args=[object_id]))

    @method_decorator(require_POST)
    def preview_view(self, request: HttpRequest, object_id: object) -> HttpResponse:
        try:
            previews_request(garment=self._garment(request, object_id, "change"))
        except TryOnError as error:
            messages.error(request, str(error.message))
        return redirect(reverse("admin:tryon_garment_change", args=[object_id]))

    def outline_view(self, request: HttpRequest, object_id: object) -> HttpResponse:
        return editor_response(request, self._garment(request, object_id, "change"))

    def _garment(self, request: HttpRequest, object_id: object, verb: str) -> Garment:
        if not request.user.has_perm(f"tryon.{verb}_garment"):
            raise PermissionDenied
        garment: Garment | None = self.get_object(request, str(object_id))
        if garment is None:
            raise Http404
        return garment

    def save_model(self, request: HttpRequest, obj: Garment, form: GarmentForm, change: bool) -> None:
        """Everything goes through the services: a new picture is cleaned, and prepared by a worker."""
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if "image" in changed:
            changed["image"] = changed["image"].read()
        if change:
            garment_update(garment=Garment.objects.get(pk=obj.pk), **changed)
        else:
            obj.pk = garment_create(**changed).pk

    def delete_model(self, request: HttpRequest, obj: Garment) -> None:
        garment_delete(garment=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Garment]) -> None:
        for garment in queryset:
            garment_delete(garment=garment)

    @admin.action(description=_("Prepare the selected garments again"), permissions=["change"])
    def prepare_again(self, request: HttpRequest, queryset: QuerySet[Garment]) -> None:
        for garment in queryset:
            garment_prepare(garment=garment)
        self.message_user(request, _("A worker will prepare them in a moment."), messages.SUCCESS)


def _shown(garment: Garment) -> dict[str, Any]:
    """What the page shows of a garment, apart from its form."""
    return {
        "garment": garment,
        "verdict": verdict_of(garment),
        "previews": previews_of(garment),
        "settled": page_settled(garment),
        "ready": garment.status == Garment.Status.SUCCEEDED,
    }
