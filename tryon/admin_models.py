"""Which model makes the pictures: staff see the versions, promote one, try one out, and roll back."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from .admin_audit import AuditedAdmin, ReadOnlyAdmin
from .admin_manifests import ManifestAdmin
from .errors import TryOnError
from .models import ModelVersion
from .selectors.comparisons import report_reason
from .selectors.manifests import manifest_plain
from .selectors.model_versions import (
    BUILT_IN,
    garments_differ,
    may_promote,
    model_before,
    models_serving,
    promotion_objection,
)
from .services.garment_renewal import garments_outdate
from .services.model_versions import LONGEST_REASON, model_canary, model_promote, model_rollback

Status, Verdict = ModelVersion.Status, ModelVersion.Verdict
STATUS_COLOURS = {
    Status.CURRENT: "success",
    Status.CANARY: "warning",
    Status.DAMAGED: "danger",
    Status.CANDIDATE: "info",
    Status.RETIRED: "",
}
REFUSALS: dict[str, str] = {Status.CURRENT: "model_in_service", Status.DAMAGED: "model_damaged"}
CHANGE = _("In service now: %(old)s. From the next try-on on: %(new)s.")
OBJECTIONS: dict[str, Promise] = {
    "model_override_required": _("It was judged worse than %(against)s."),
    "model_comparison_outdated": _(
        "It was compared with %(against)s, which does not serve any more: nobody has measured whether it is "
        "better than what serves now. A new training does."
    ),
}
VERDICT_COLOURS = {Verdict.BETTER: "success", Verdict.SAME: "info", Verdict.WORSE: "danger", "none": ""}


class PromoteForm(forms.Form):
    override_reason = forms.CharField(
        label=_("Why it should serve all the same"),
        help_text=_("The audit trail keeps this. Name nobody in it."),
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget,
    )


class CanaryForm(forms.Form):
    percent = forms.IntegerField(
        label=_("Share of the try-ons, in per cent"),
        help_text=_("0 ends the trial."),
        min_value=0,
        max_value=100,
        initial=10,
        widget=UnfoldAdminIntegerFieldWidget,
    )


class RollbackForm(forms.Form):
    of = forms.UUIDField(widget=forms.HiddenInput)


@admin.register(ModelVersion)
class ModelVersionAdmin(AuditedAdmin, ManifestAdmin, ReadOnlyAdmin):
    """Versions are made by training alone; here they are read, and put into service."""

    owner_field = "created_by_id"
    list_display = ("name", "state", "judged", "why", "lineage", "tainted", "promoted_at")
    list_filter = ("status", "verdict")
    search_fields = ("name",)
    list_before_template = "tryon/admin/models_serving.html"
    fields = (
        "name", "status", "share", "verdict", "figures", "base", "samples", "tainted_at", "networks",
        "promoted_at", "created_at", "created_by",
    )  # fmt: skip
    readonly_fields = ("figures", "samples", "networks")
    actions_list = ("roll_back", "renew_garments")
    actions_detail = ("promote", "canary")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        return super().get_queryset(request).select_related("base", "training_run")

    def has_promote_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return may_promote(user=request.user)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        serving = models_serving()
        trial = f"{serving.canary.share:.0%}" if serving.canary else ""
        panel = {"serving": serving, "trial": trial}
        return super().changelist_view(request, (extra_context or {}) | panel)

    @display(description=_("state"), label=STATUS_COLOURS, ordering="status")
    def state(self, version: ModelVersion) -> tuple[str, str]:
        label = str(version.get_status_display())
        return version.status, f"{label}, {version.share:.0%}" if version.share else label

    @display(description=_("verdict"), label=VERDICT_COLOURS, ordering="verdict")
    def judged(self, version: ModelVersion) -> tuple[str, str]:
        return version.verdict or "none", str(version.get_verdict_display() or _("Not judged"))

    @display(description=_("why"))
    def why(self, version: ModelVersion) -> str:
        run = getattr(version, "training_run", None)
        return report_reason(run.report) if run else str(version.metrics.get("why", "-"))

    @display(description=_("trained from"))
    def lineage(self, version: ModelVersion) -> str:
        return version.base.name if version.base else str(_("Built-in"))

    @display(description=_("tainted"), label={"tainted": "danger"}, ordering="tainted_at")
    def tainted(self, version: ModelVersion) -> tuple[str, str]:
        """Whether something it was trained on was erased since."""
        return ("tainted", str(_("Yes"))) if version.tainted_at else ("", "")

    @display(description=_("figures"))
    def figures(self, version: ModelVersion) -> SafeString | str:
        rows: list[tuple[object, object]] = []
        if "why" in version.metrics:
            rows.append((_("why"), self.why(version)))
        rest = sorted(version.metrics.keys() - {"why"})
        return _lines([*rows, *((name, _short(version.metrics[name])) for name in rest)])

    @display(description=_("what it was trained on"))
    def samples(self, version: ModelVersion) -> SafeString:
        seen = manifest_plain(version.manifest)
        words = _("%(garments)d garments, %(samples)d photos") % {
            kind: len(seen[kind]) for kind in ("garments", "samples")
        }
        url = reverse("admin:tryon_modelversion_manifest", args=[version.pk])
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, words)

    @display(description=_("weights"))
    def networks(self, version: ModelVersion) -> SafeString | str:
        return _lines((name, digest[:12]) for name, digest in sorted(version.files.items()))

    @action(description=_("Promote"), permissions=["promote"], variant=ActionVariant.PRIMARY)
    def promote(self, request: HttpRequest, object_id: str) -> HttpResponse:
        version = self._version(request, object_id)
        serving = models_serving().current
        objection = promotion_objection(version=version, current=serving)
        form = PromoteForm(request.POST or None) if objection else None
        notes: list[str | Promise] = [CHANGE % _pair(serving, version)]
        if objection:
            notes.append(OBJECTIONS[objection] % {"against": compared_with(version)})
        if garments_differ(old=serving, new=version):
            notes.append(_("It reads garments otherwise: all will be prepared again, a few at a time."))
        if version.tainted_at:
            notes.append(
                _(
                    "It was trained on something that was erased since: better train anew, from a version "
                    "that is not marked as tainted, and promote that."
                )
            )
        return self._confirmed(
            request,
            self._page(version),
            title=_("Put %(name)s into service?") % {"name": version.name},
            notes=notes,
            form=form,
            refusal=REFUSALS.get(version.status, ""),
            act=lambda fields: model_promote(version=version, **fields),
            done=_("%(name)s is in service.") % {"name": version.name},
        )

    @action(description=_("Try on a share"), permissions=["promote"])
    def canary(self, request: HttpRequest, object_id: str) -> HttpResponse:
        version = self._version(request, object_id)
        tried = models_serving().canary
        notes: list[str | Promise] = [_("It makes this share of the try-ons; what serves makes the rest.")]
        if tried and tried != version:
            notes.append(_("This ends the trial of %(name)s.") % {"name": tried.name})
        return self._confirmed(
            request,
            self._page(version),
            title=_("Try %(name)s on a share of the try-ons?") % {"name": version.name},
            notes=notes,
            form=CanaryForm(request.POST or None),
            refusal=REFUSALS.get(version.status, ""),
            act=lambda fields: model_canary(version=version, share=fields["percent"] / 100),
            done=_("The share is set."),
        )

    @action(description=_("Roll back"), permissions=["promote"], variant=ActionVariant.DANGER)
    def roll_back(self, request: HttpRequest) -> HttpResponse:
        current = models_serving().current
        before = model_before(version=current) if current else None
        return self._confirmed(
            request,
            self._page(),
            title=_("Roll back?"),
            notes=[CHANGE % _pair(current, before)],
            form=RollbackForm(request.POST or None, initial={"of": current.pk if current else None}),
            refusal="" if current else "nothing_to_roll_back",
            act=lambda fields: model_rollback(**fields),
            done=_("%(name)s is in service.") % {"name": _name(before)},
        )

    @action(description=_("Prepare all garments again"), permissions=["promote"])
    def renew_garments(self, request: HttpRequest) -> HttpResponse:
        return self._confirmed(
            request,
            self._page(),
            title=_("Prepare all garments again?"),
            notes=[_("A few at a time; each cannot be tried on for the seconds that it takes.")],
            act=lambda fields: garments_outdate(),
            done=_("The garments will be prepared again."),
        )

    def _version(self, request: HttpRequest, object_id: str) -> ModelVersion:
        version: ModelVersion | None = self.get_object(request, object_id)
        if version is None or not self.has_view_permission(request, version):
            raise Http404
        return version

    def _page(self, version: ModelVersion | None = None) -> str:
        if version is None:
            return reverse("admin:tryon_modelversion_changelist")
        return reverse("admin:tryon_modelversion_change", args=[version.pk])

    def _confirmed(
        self,
        request: HttpRequest,
        page: str,
        *,
        title: str | Promise,
        notes: Sequence[str | Promise],
        act: Callable[[dict[str, Any]], Any],
        done: str | Promise,
        form: forms.Form | None = None,
        refusal: str = "",
    ) -> HttpResponse:
        """Ask first; do it on the answer, say how it went, and go back to `page`. With a `refusal` there is
        only that to read."""
        if request.method == "POST" and (form is None or form.is_valid()):
            try:
                act(form.cleaned_data if form else {})
                self.message_user(request, done, messages.SUCCESS)
            except TryOnError as error:
                self.message_user(request, str(error.message), messages.ERROR)
            return redirect(page)
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": title,
            "notes": [TryOnError(refusal).message] if refusal else notes,
            "form": None if refusal else form,
            "page": page,
            "possible": not refusal,
        }
        return TemplateResponse(request, "tryon/admin/confirm.html", context)


def _name(version: ModelVersion | None) -> str:
    return version.name if version else str(_("the built-in version"))


def compared_with(version: ModelVersion) -> str:
    """The name of what served when the version was judged."""
    against = version.metrics.get("against", BUILT_IN)
    return str(_("the built-in version")) if against == BUILT_IN else str(against)


def _pair(old: ModelVersion | None, new: ModelVersion | None) -> dict[str, str]:
    return {"old": _name(old), "new": _name(new)}


def _lines(pairs: Iterable[tuple[object, object]]) -> SafeString | str:
    return format_html_join("", "<div>{}: {}</div>", pairs) or "-"


def _short(value: object) -> object:
    """A figure as people read it; what is nested in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(str(_short(inner)) for inner in value)
    return f"{value:.4g}" if isinstance(value, float) else value
