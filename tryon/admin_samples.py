"""Where staff add pictures to train on, and see what is amiss with those there are. None is shown."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from .admin_audit import AuditedAdmin, ErasingAdmin
from .admin_garments import STATUS_COLOURS
from .admin_sample_uploads import ManyPhotosAdmin
from .errors import TryOnError, message_for
from .ingest import decode_upload
from .models import ErasureReceipt, Garment, TrainingSample
from .selectors.samples import SamplesReport, samples_report
from .services.samples import sample_add, sample_erase

SHOWN = 6
"""Samples of a kind that are named in the report."""
GROUPS: dict[str, Promise] = {
    "slim": _("slim"),
    "middle": _("middle"),
    "broad": _("broad"),
    "very light": _("very light"),
    "light": _("light"),
    "intermediate": _("intermediate"),
    "tan": _("tan"),
    "brown": _("brown"),
    "dark": _("dark"),
    "sleeveless": _("sleeveless"),
    "short": _("short"),
    "long": _("long"),
    "unknown": _("unknown"),
}
"""Words for the groups of `ml.groups`."""
KINDS: dict[str, Promise] = {
    "sizes": _("Build, by the joints"),
    "tones": _("Skin tone, as the photo shows it"),
    "sleeves": _("Sleeves"),
}
"""Titles of what is counted in groups, by the field of the report."""


class SampleForm(forms.ModelForm):
    # Not an ImageField, which would parse the upload in this very process.
    picture = forms.FileField(
        label=capfirst(_("picture")),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("A model who wears the garment, from the front. Face and surroundings are replaced."),
    )

    class Meta:
        model = TrainingSample
        fields = ["garment", "licence_note", "in_lookbooks"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() - {"in_lookbooks"}:
            self.fields[name].required = True

    def clean_picture(self) -> UploadedFile:
        """Refuse what cannot be read while the form is still open."""
        picture: UploadedFile = self.cleaned_data["picture"]
        try:
            decode_upload(picture.read())
        except TryOnError as error:
            raise forms.ValidationError(str(error.message), code=error.code) from error
        picture.seek(0)
        return picture


@admin.register(TrainingSample)
class TrainingSampleAdmin(ManyPhotosAdmin, ErasingAdmin):
    form = SampleForm
    list_before_template = "tryon/admin/_samples_report.html"
    list_display = ("id", "source", "state", "garment", "reason", "created_at", "expires_at")
    list_filter = ("source", "status", "error_code", "in_lookbooks", "garment__category")
    list_select_related = ("garment",)
    search_fields = ("id", "licence_note", "garment__name")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        report = {"report": report_tables(samples_report())}
        return super().changelist_view(request, (extra_context or {}) | report)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Without the transaction that Django would open: the name of bytes is committed before they are
        stored (`object_seal`)."""
        return self._changeform_view(request, object_id, form_url, extra_context)

    def get_fields(self, request: HttpRequest, obj: TrainingSample | None = None) -> list[str]:
        if obj is None:
            return ["picture", "garment", "licence_note", "in_lookbooks"]
        return [
            *("source", "status", "reason", "garment", "licence_note", "lookbooks", "shopper"),
            *("quality", "sha256", "created_at", "finished_at", "expires_at"),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: TrainingSample | None = None) -> list[str]:
        return [] if obj is None else self.get_fields(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description=_("state"), label=STATUS_COLOURS, ordering="status")
    def state(self, sample: TrainingSample) -> tuple[str, str]:
        return sample.status, sample.get_status_display()

    @display(description=_("reason"))
    def reason(self, sample: TrainingSample) -> str:
        """Why there is no sample of the picture."""
        return str(message_for(sample.error_code)) if sample.error_code else "-"

    @display(description=_("may be shown in lookbooks"))
    def lookbooks(self, sample: TrainingSample) -> str:
        return str(_("Yes")) if sample.in_lookbooks else "-"

    def save_model(self, request: HttpRequest, obj: TrainingSample, form: SampleForm, change: bool) -> None:
        data = form.cleaned_data
        sample = sample_add(**data | {"picture": data["picture"].read()})
        obj.pk, obj.source = sample.pk, sample.source

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The service has entered it into the audit trail."""
        return super(AuditedAdmin, self).log_addition(request, obj, message)

    def delete_model(self, request: HttpRequest, obj: TrainingSample) -> None:
        sample_erase(sample=obj, reason=ErasureReceipt.Reason.REQUESTED)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[TrainingSample]) -> None:
        for sample in queryset:
            sample_erase(sample=sample, reason=ErasureReceipt.Reason.REQUESTED)


def report_tables(report: SamplesReport) -> list[dict[str, Any]]:
    """The report as tables: a title, and rows with name, count and the ids of samples to look at."""
    sources, categories = dict(TrainingSample.Source.choices), dict(Garment.Category.choices)
    faults = {
        _("Repeated, byte for byte"): report.repeated,
        _("Nearly alike"): report.alike,
        _("Blurred"): report.blurred,
        _("Too small"): report.small,
        _("Something else is worn than the garment"): report.other_worn,
    }
    words = GROUPS | categories
    worn = {categories[name]: count for name, count in report.categories.items()}
    refused = {message_for(code): count for code, count in report.refused.items()}
    return [
        {"title": _("Sources"), "rows": _counted({sources[k]: v for k, v in report.sources.items()})},
        {
            "title": _("To look at"),
            "rows": [{"name": name, "count": len(ids), "ids": ids[:SHOWN]} for name, ids in faults.items()],
        },
        {"title": _("Refused"), "rows": _counted(refused)},
        {"title": _("Categories"), "rows": _counted(worn)},
        {"title": _("Fewer than half of an even share, or none"), "rows": _rare(report, words)},
        *({"title": KINDS[kind], "rows": _grouped(getattr(report, kind))} for kind in KINDS),
    ]


def _rare(report: SamplesReport, words: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each group that is rare, with its kind."""
    kinds = {"categories": _("Categories"), **KINDS}
    return [
        {
            "name": _("%(kind)s: %(group)s") % {"kind": kinds[kind], "group": words[name]},
            "count": getattr(report, kind).get(name, 0),
        }
        for kind, names in report.rare.items()
        for name in names
    ]


def _counted(counts: Mapping[Any, int]) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in counts.items()]


def _grouped(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return _counted({GROUPS.get(name, name): count for name, count in counts.items()})
