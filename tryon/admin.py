"""What staff may see of shoppers: dates, states and numbers. No picture, no key, and nothing to edit."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from . import (  # noqa: F401  (they register themselves)
    admin_garments,
    admin_imports,
    admin_lookbooks,
    admin_models,
    admin_samples,
    admin_training,
    admin_webhooks,
)
from .admin_audit import AuditedAdmin, ErasingAdmin, ReadOnlyAdmin
from .models import Consent, ErasureReceipt, PendingDeletion, Photo, SealedObject, Shopper, TryOnJob
from .services.shoppers import shopper_erase

WORK_FIELDS = ("status", "stage", "error_code", "attempts", "created_at", "started_at", "finished_at")


@admin.register(Shopper)
class ShopperAdmin(ErasingAdmin, ReadOnlyAdmin):
    """Erasing goes through the service, which also stops work and deletes the bytes."""

    owner_field = "id"
    list_display = ("id", "user", "quota_day", "quota_used", "created_at")
    list_select_related = ("user",)
    search_fields = ("id", "user__username", "user__email")
    fields = list_display
    actions = ("erase",)

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tryon.delete_shopper")

    @admin.action(description=_("Erase everything of the selected shoppers now"), permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Shopper]) -> None:
        count = sum(len(shopper_erase(shopper=shopper)) for shopper in queryset)
        text = ngettext("%(count)d picture was erased.", "%(count)d pictures were erased.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


@admin.register(Consent)
class ConsentAdmin(AuditedAdmin, ReadOnlyAdmin):
    list_display = ("shopper", "purpose", "version", "given_at", "withdrawn_at")
    list_filter = ("purpose", "version")
    fields = list_display


@admin.register(Photo)
class PhotoAdmin(AuditedAdmin, ReadOnlyAdmin):
    list_display = ("id", "status", "error_code", "width", "height", "created_at", "expires_at")
    list_filter = ("status", "error_code")
    fields = ("id", "shopper", "width", "height", "checks", "expires_at", *WORK_FIELDS)


@admin.register(TryOnJob)
class TryOnJobAdmin(AuditedAdmin, ReadOnlyAdmin):
    list_display = ("id", "status", "error_code", "confidence", "model_version", "created_at", "finished_at")
    list_filter = ("status", "error_code", "model_version")
    fields = ("id", "shopper", "confidence", "model_version", "timings", "expires_at", *WORK_FIELDS)


@admin.register(SealedObject)
class SealedObjectAdmin(AuditedAdmin, ReadOnlyAdmin):
    list_display = ("id", "kind", "media_type", "size", "key_id", "created_at")
    list_filter = ("kind", "key_id")
    fields = (
        "id",
        "shopper",
        "kind",
        "version",
        "media_type",
        "size",
        "key_id",
        "storage_name",
        "created_at",
    )


@admin.register(PendingDeletion)
class PendingDeletionAdmin(ReadOnlyAdmin):
    list_display = ("storage_name", "created_at")
    fields = list_display


@admin.register(ErasureReceipt)
class ErasureReceiptAdmin(ReadOnlyAdmin):
    list_display = ("id", "object_id", "kind", "reason", "erased_at")
    list_filter = ("kind", "reason")
    search_fields = ("id", "object_id")
    fields = (*list_display, "signature")
