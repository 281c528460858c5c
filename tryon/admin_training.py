"""Where staff start a retraining, watch it, steer it, and compare what comes of it with what serves."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from .admin_audit import ReadOnlyAdmin
from .admin_manifests import ManifestAdmin
from .admin_models import compared_with
from .errors import TryOnError, message_for
from .models import DataSource, Garment, ModelVersion, TrainingRun
from .selectors.comparisons import run_outdated
from .selectors.manifests import filter_words
from .selectors.model_versions import model_to_start_from, models_serving
from .selectors.training_runs import DataFilter, filter_of, photo_counts, training_data
from .services.training_runs import (
    LEAST_CATEGORIES,
    LEAST_GARMENTS,
    data_require,
    run_cancel,
    run_pause,
    run_resume,
    run_sheet,
    run_start,
)

Status = TrainingRun.Status
STATUS_COLOURS = {
    Status.QUEUED: "info",
    Status.RUNNING: "info",
    Status.PAUSED: "warning",
    Status.SUCCEEDED: "success",
    Status.FAILED: "danger",
}
STAGES = {
    "reading": _("Reading garments and photos"),
    "twins": _("Drawing twins"),
    "training": _("Training"),
    "comparing": _("Comparing"),
    "registering": _("Keeping the candidate"),
}
TAINTED_SERVES = _(
    "%(serving)s, which serves, was trained on something that was erased since. What starts from a tainted "
    "version is tainted too, so this starts from %(base)s. The comparison is with what serves all the same."
)
PHOTOS = (DataSource.MERCHANT, DataSource.SHOPPER)
STEERING = {"pause": run_pause, "resume": run_resume, "cancel": run_cancel}


class BaseField(forms.ModelChoiceField):
    """Versions to start from; those that hand on a mark are told apart."""

    def label_from_instance(self, version: ModelVersion) -> str:
        return str(_("%(name)s (tainted)") % {"name": version.name} if version.tainted_at else version.name)


class TrainingRunForm(forms.ModelForm):
    categories = forms.MultipleChoiceField(
        label=_("Categories"),
        choices=Garment.Category.choices,
        initial=Garment.Category.values,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    sources = forms.MultipleChoiceField(
        label=_("Learn from"),
        choices=DataSource.choices,
        initial=DataSource.values,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = TrainingRun
        fields = ["base", "categories", "sources", "since", "minutes", "steps", "device"]
        widgets = {"since": UnfoldAdminTextInputWidget(attrs={"type": "date"})}
        field_classes = {"base": BaseField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        base = cast(forms.ModelChoiceField, self.fields["base"])
        base.empty_label = capfirst(_("the built-in version"))
        serving = models_serving().current
        if serving and serving.tainted_at:
            names = {"serving": serving.name, "base": model_to_start_from() or base.empty_label}
            base.help_text = TAINTED_SERVES % names

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().clean() or {}
        if fields.get("minutes") and fields.get("steps"):
            self.add_error("steps", _("Either minutes or steps, not both."))
        elif not self.errors and not fields.get("minutes") and not fields.get("steps"):
            self.add_error("minutes", _("Say how long to train: minutes or steps."))
        if not self.errors:
            try:
                data_require(chosen=DataFilter(fields["categories"], fields["sources"], fields["since"]))
            except TryOnError as error:
                self.add_error(None, forms.ValidationError(str(error.message), code=error.code))
        return fields

    def validate_constraints(self) -> None:
        """The service says the same in words that tell what to do."""


@admin.register(TrainingRun)
class TrainingRunAdmin(ManifestAdmin, ReadOnlyAdmin):
    form = TrainingRunForm
    list_display = ("title", "state", "share", "step", "begun_from", "candidate", "created_by", "created_at")
    list_filter = ("status", "device")
    list_select_related = ("base", "candidate", "created_by")
    add_form_template = "tryon/admin/training_add.html"
    change_form_before_template = "tryon/admin/training_data.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tryon.add_trainingrun")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tryon.change_trainingrun")

    @display(description=_("name"))
    def title(self, run: TrainingRun) -> str:
        return run.name

    @display(description=_("state"), label=STATUS_COLOURS, ordering="status")
    def state(self, run: TrainingRun) -> tuple[str, str]:
        return run.status, str(run.get_status_display())

    @display(description=_("start from"), ordering="base")
    def begun_from(self, run: TrainingRun) -> str:
        return str(run.base or _("the built-in version"))

    @display(description=_("done"), ordering="progress")
    def share(self, run: TrainingRun) -> str:
        return f"{run.progress:.0%}"

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "progress": self.progress_view,
            "sheet": self.sheet_view,
            "comparison": self.comparison_view,
            "steer": require_POST(self.steer_view),
        }
        own = [
            path(
                f"<uuid:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"tryon_trainingrun_{name}",
            )
            for name, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        base = model_to_start_from()
        every = {"categories": Garment.Category.values, "sources": DataSource.values}
        return {"minutes": 15, "base": base.pk if base else None, **every}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        photos = photo_counts()
        data = {
            "training_data": training_data(),
            "training_photos": [(photos.get(name, 0), DataSource(name).label) for name in PHOTOS],
            "least_garments": LEAST_GARMENTS,
            "least_categories": LEAST_CATEGORIES,
            "title": _("Start retraining"),
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
        }
        try:
            return super().add_view(request, form_url, (extra_context or {}) | data)
        except TryOnError as error:
            self.message_user(request, str(error.message), messages.ERROR)
            return redirect("admin:tryon_trainingrun_add")

    def save_model(self, request: HttpRequest, obj: TrainingRun, form: TrainingRunForm, change: bool) -> None:
        run = run_start(**form.cleaned_data, created_by=request.user)  # type: ignore[arg-type]  # staff
        obj.pk, obj.created_at = run.pk, run.created_at

    def response_add(
        self, request: HttpRequest, obj: TrainingRun, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To the page where it can be watched."""
        self.message_user(request, _("The training waits for its trainer."), messages.SUCCESS)
        return redirect("admin:tryon_trainingrun_change", obj.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of a run: how far it is, and what can be done about it."""
        run = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        if run is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        steer = self.has_steer_permission(request)
        can = {
            "pause": steer and run.status in (Status.QUEUED, Status.RUNNING),
            "resume": steer
            and (run.status == Status.PAUSED or (run.status == Status.FAILED and bool(run.checkpoint))),
            "cancel": steer and run.is_active,
        }
        return self._page(request, run, "training_run", {"can": can, "progress": self._progress(run)})

    def progress_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """How far the run is, for the script of its page."""
        return JsonResponse(self._progress(self._run(request, object_id)))

    def sheet_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """The newest sheet of samples: drawn shoppers in the store's garments."""
        run = self._run(request, object_id)
        try:
            content = run_sheet(run=run)
        except TryOnError as error:
            raise Http404 from error
        return HttpResponse(content, content_type="image/png", headers={"Cache-Control": "private, no-store"})

    def comparison_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """The candidate against the version in service, by numbers and by eye."""
        run = self._run(request, object_id)
        if not run.report:
            raise Http404
        may_promote = request.user.has_perm("tryon.promote_modelversion") and run.candidate is not None
        context = {"may_promote": may_promote, "outdated": run_outdated(run=run)}
        return self._page(request, run, "training_comparison", context)

    def steer_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Pause, resume or cancel."""
        run = self._run(request, object_id)
        if not self.has_steer_permission(request):
            raise PermissionDenied
        deed = STEERING.get(request.POST.get("deed", ""))
        if deed is None:
            raise Http404
        try:
            deed(run=run)
        except TryOnError as error:
            self.message_user(request, str(error.message), messages.ERROR)
        return redirect("admin:tryon_trainingrun_change", run.pk)

    def _run(self, request: HttpRequest, object_id: Any) -> TrainingRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = self.get_object(request, str(object_id))
        if run is None:
            raise Http404
        return run

    def _page(
        self, request: HttpRequest, run: TrainingRun, name: str, context: dict[str, Any]
    ) -> HttpResponse:
        every = {
            "opts": self.opts,
            "title": run.name,
            "run": run,
            "colour": STATUS_COLOURS.get(run.status, "default"),  # type: ignore[call-overload]
            "verdict": ModelVersion.Verdict(run.report["verdict"]).label if run.report else "",
            "against": compared_with(run.candidate) if run.candidate else "",
            "filter": filter_words(filter_of(run).as_json()),
        }
        full = self.admin_site.each_context(request) | every | context
        return TemplateResponse(request, f"tryon/admin/{name}.html", full)

    def _progress(self, run: TrainingRun) -> dict[str, Any]:
        sheet = reverse("admin:tryon_trainingrun_sheet", args=[run.pk])
        return {
            "status": run.status,
            "label": str(run.get_status_display()),
            "stage": run.stage,
            "stage_label": str(STAGES.get(run.stage, "")),
            "progress": run.progress,
            "step": run.step,
            "eta_seconds": run.eta_seconds,
            "curve": run.curve,
            "sheet": f"{sheet}?{run.sheet[-16:-4]}" if run.sheet else None,
            "error": str(message_for(run.error_code)) if run.error_code else "",
            "ended": not run.is_active,
        }
