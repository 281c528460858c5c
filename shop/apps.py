from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ShopConfig(AppConfig):
    name = "shop"
    verbose_name = _("Shop")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tryon.personal_data import Holder, register

        from . import exposure, sessions  # noqa: F401  (connects their receivers)
        from .services.personal_data import account_facts, account_release, stale_forget
        from .services.roles import roles_grant

        register(Holder("shop", export=account_facts, erase=account_release, sweep=stale_forget))
        # Permissions are made app by app, those of `tryon` after ours.
        post_migrate.connect(roles_grant, sender=apps.get_app_config("tryon"))
