from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopConfig(AppConfig):
    name = "shop"
    verbose_name = _("Shop")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tryon.personal_data import Holder, register

        from . import sessions  # noqa: F401  (connects the login receiver)
        from .services.personal_data import account_facts, account_release, stale_forget

        register(Holder("shop", export=account_facts, erase=account_release, sweep=stale_forget))
