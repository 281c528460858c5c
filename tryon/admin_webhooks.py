"""Where staff register the addresses of stores, and see and resend what did not arrive."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from .admin_audit import ReadOnlyAdmin
from .models import WebhookDelivery, WebhookEndpoint
from .outbound import OutboundError, target_of
from .services.webhooks import delivery_resend, endpoint_create, endpoint_renew_secret, endpoint_update

STATUS_COLOURS = {
    WebhookDelivery.Status.PENDING: "info",
    WebhookDelivery.Status.DELIVERED: "success",
    WebhookDelivery.Status.DEAD: "danger",
}


class EndpointForm(forms.ModelForm):
    url = forms.CharField(
        label=capfirst(_("address")),
        max_length=500,
        help_text=_("https, a host name, port 443."),
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = WebhookEndpoint
        fields = ["url", "active"]

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            target_of(url, ports=settings.WEBHOOK_PORTS)
        except OutboundError as error:
            text = _("Use https and the public name of a host, without a user name and on an allowed port.")
            raise forms.ValidationError(text, code=error.code) from error
        return url


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ModelAdmin):
    form = EndpointForm
    list_display = ("url", "owner", "active", "created_at")
    list_select_related = ("owner",)
    actions = ("renew_secret",)

    def save_model(
        self, request: HttpRequest, obj: WebhookEndpoint, form: EndpointForm, change: bool
    ) -> None:
        if change:
            endpoint_update(endpoint=obj, url=obj.url, active=obj.active)
        else:
            endpoint, secret = endpoint_create(
                owner_id=request.user.pk,  # type: ignore[arg-type]  # staff are logged in
                url=obj.url,
            )
            obj.pk = endpoint.pk
            self._show(request, endpoint, secret)

    @admin.action(description=_("Make new secrets for the selected addresses"), permissions=["change"])
    def renew_secret(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            self._show(request, endpoint, endpoint_renew_secret(endpoint=endpoint))

    def _show(self, request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> None:
        text = _("The secret of %(url)s, shown this once: %(secret)s")
        self.message_user(request, text % {"url": endpoint.url, "secret": secret}, messages.WARNING)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("event", "job_id", "endpoint", "state", "attempts", "last_error", "occurred_at")
    list_filter = ("status", "event", "endpoint")
    list_select_related = ("endpoint",)
    search_fields = ("job_id",)
    fields = (
        "id",
        "endpoint",
        "event",
        "job_id",
        "error_code",
        "occurred_at",
        "status",
        "attempts",
        "next_attempt_at",
        "last_error",
    )
    actions = ("resend",)

    @display(description=_("state"), label=STATUS_COLOURS, ordering="status")
    def state(self, delivery: WebhookDelivery) -> tuple[str, str]:
        return delivery.status, delivery.get_status_display()

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tryon.change_webhookdelivery")

    @admin.action(description=_("Send the selected deliveries again"), permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        for delivery in queryset:
            delivery_resend(delivery=delivery)
        self.message_user(request, _("They will be sent in a moment."), messages.SUCCESS)
