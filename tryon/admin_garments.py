"""Where staff add garments and see why one could not be prepared."""

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminImageFieldWidget

from .errors import ADVICE, TryOnError, message_for
from .ingest import decode_upload
from .models import Garment
from .services.garments import garment_create, garment_delete, garment_prepare, garment_update

STATUS_COLOURS = {
    Garment.Status.QUEUED: "info",
    Garment.Status.RUNNING: "info",
    Garment.Status.SUCCEEDED: "success",
    Garment.Status.FAILED: "danger",
}


class GarmentForm(forms.ModelForm):
    # Not an ImageField, which would parse the upload in this very process.
    image = forms.FileField(label=_("picture"), widget=UnfoldAdminImageFieldWidget)

    class Meta:
        model = Garment
        fields = ["name", "sku", "category", "outer", "image"]

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
    list_display = ("picture", "name", "category", "outer", "state", "reason", "created_at")
    list_display_links = ("picture", "name")
    list_filter = ("category", "outer", "status", "error_code")
    search_fields = ("name",)
    readonly_fields = ("picture", "state", "reason", "attempts", "finished_at")
    actions = ("prepare_again",)

    @display(description=_("picture"))
    def picture(self, garment: Garment) -> SafeString | str:
        image = garment.cutout or garment.image
        return format_html('<img src="{}" alt="" height="72">', image.url) if image else "-"

    @display(description=_("state"), label=STATUS_COLOURS, ordering="status")
    def state(self, garment: Garment) -> tuple[str, str]:
        return garment.status, garment.get_status_display()

    @display(description=_("reason"))
    def reason(self, garment: Garment) -> str:
        """Why it could not be prepared, or what would make it look better."""
        if garment.error_code:
            return str(message_for(garment.error_code))
        return " ".join(str(ADVICE[code]) for code in garment.warnings if code in ADVICE) or "-"

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
