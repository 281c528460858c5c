"""Garments as the shop has them: what is sold of them, and how they are put on sale."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from tryon.admin_garments import GarmentAdmin, PageLink
from tryon.models import Garment

from .admin_listing import MOST_LISTINGS, may_list, publish_many_page
from .admin_publishing import publish_link

admin.site.unregister(Garment)


@admin.register(Garment)
class SoldGarmentAdmin(GarmentAdmin):
    actions = ("publish", *GarmentAdmin.actions)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return may_list(request)

    def page_links(self, request: HttpRequest, garment: Garment) -> list[PageLink]:
        link = publish_link(request, garment)
        return [link] if link else []

    @admin.action(description=_("Put the selected garments on sale"), permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Garment]) -> HttpResponse | None:
        if queryset.count() <= MOST_LISTINGS:
            return publish_many_page(request, list(queryset))
        text = _("At most %(most)d garments can be put on sale at a time: select fewer.")
        self.message_user(request, text % {"most": MOST_LISTINGS}, messages.ERROR)
        return None
