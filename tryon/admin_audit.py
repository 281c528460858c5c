"""Admin pages that remember who of the staff looked at whose data, and the page of what they remember."""

import logging
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin

from .errors import message_for
from .ledger import LedgerDownError
from .models import AuditEntry, Shopper
from .pseudonyms import account_pseudonym, shopper_pseudonym
from .services.audit import audit_record

Action = AuditEntry.Action
logger = logging.getLogger(__name__)


class ReadOnlyAdmin(ModelAdmin):
    """A list and a page to read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class AuditedAdmin(ModelAdmin):
    """Enters into the audit trail each list and each row that staff see, add and change."""

    owner_field: ClassVar[str] = "shopper_id"
    """Which field of a row holds the id of the shopper that it is about; of an account for `user_id`."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        audit_record(action=Action.LIST, object_kind=str(self.opts.model_name))
        return super().changelist_view(request, extra_context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Every page about one row begins here: to see, to change, its history."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and self.has_view_permission(request, row):
            self._audit(Action.VIEW, row)
        return row

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._audit(Action.CREATE, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._audit(Action.CHANGE, obj)
        return super().log_change(request, obj, message)

    def _audit(self, action: str, row: Model) -> None:
        """People are named by pseudonym, also where the row itself is a person."""
        owner = getattr(row, self.owner_field)
        pseudonym = shopper_pseudonym if self.owner_field in ("shopper_id", "id") else account_pseudonym
        subject = pseudonym(owner) if owner is not None else ""
        is_person = owner == row.pk
        audit_record(
            action=action,
            object_kind=str(self.opts.model_name),
            object_id=subject if is_person else row.pk,
            subject=subject,
        )


class ErasingAdmin(AuditedAdmin):
    """Erases all that was chosen or, while the ledger takes no entry, nothing, and says so."""

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        delete = super().delete_view
        return self._erase(request, lambda: delete(request, object_id, extra_context))

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        act = super().response_action
        return self._erase(request, lambda: act(request, queryset, *args, **kwargs))

    def _erase(self, request: HttpRequest, erase: Callable[[], Any]) -> Any:
        try:
            with transaction.atomic():
                return erase()
        except LedgerDownError:
            logger.exception("The ledger takes no entry, so nothing is erased.")
            self.message_user(request, str(message_for("erasure_failed")), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """For superusers. Searched by a shopper's id or an account's name, it finds what is about or by them."""

    list_display = ("number", "at", "actor_kind", "action", "object_kind", "object_id", "note")
    list_filter = ("action", "actor_kind", "object_kind")
    search_fields = ("object_id", "request_id")
    fields = (*list_display[:3], "actor", *list_display[3:], "subject", "request_id", "digest")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if names := pseudonyms_of(search_term.strip()):
            found |= queryset.filter(Q(actor__in=names) | Q(subject__in=names))
        return found, may_repeat


def pseudonyms_of(term: str) -> list[str]:
    """How the trail names a person that still exists, from an account's name or a shopper's id."""
    if not term:
        return []
    users = get_user_model()._default_manager.filter(username=term)
    names = [account_pseudonym(user.pk) for user in users]
    shoppers = Shopper.objects.filter(user__in=users).values_list("pk", flat=True)
    return [*names, *(shopper_pseudonym(pk) for pk in shoppers), shopper_pseudonym(term.lower())]
