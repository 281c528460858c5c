"""The merchant's side of the shop. Orders are read here; only their status changes."""

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken
from sorl.thumbnail import get_thumbnail
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from shop.admin_garments import SoldGarmentAdmin  # noqa: F401  (it registers itself)
from shop.admin_listing import publish_many_view
from shop.admin_publishing import publish_view
from shop.models import Category, Order, OrderLine, Product, ProductColour, ProductVariant, User
from tryon.admin_audit import AuditedAdmin, ErasingAdmin
from tryon.services.accounts import account_erase

admin.site.unregister([Group, Authenticator, AuthToken])


@admin.register(User)
class UserAdmin(ErasingAdmin, BaseUserAdmin, ModelAdmin):
    owner_field = "pk"
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    actions = ["erase"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Whoever erases accounts for shoppers has no hand in those of staff."""
        users: QuerySet[User] = super().get_queryset(request)
        return users if request.user.is_superuser else users.filter(is_staff=False)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Erasing goes through the service, which also takes photos, sessions and tokens."""
        return False

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("shop.delete_user")

    @admin.action(description=_("Erase the selected accounts and all their data now"), permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            account_erase(user=user)
        self.message_user(request, _("The accounts are erased."), messages.SUCCESS)


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, ModelAdmin):
    pass


class CredentialAdmin(ModelAdmin):
    """Seen, and taken away when one is lost; secrets are neither shown nor made for others here."""

    list_select_related = ["user"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Authenticator)
class AuthenticatorAdmin(CredentialAdmin):
    list_display = fields = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]


@admin.register(AuthToken)
class AuthTokenAdmin(CredentialAdmin):
    list_display = fields = ["user", "created", "expiry"]


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    list_display = ["name", "slug", "position"]
    list_editable = ["position"]
    fields = ["name", "slug", "position"]
    prepopulated_fields = {"slug": ["name"]}


COLOUR_FIELDS = ["name", "slug", "hex", "image", "alt", "garment", "position"]


class ColourInline(StackedInline):
    model = ProductColour
    extra = 0
    tab = True
    fields = COLOUR_FIELDS
    prepopulated_fields = {"slug": ["name"]}
    show_change_link = True
    autocomplete_fields = ["garment"]


class VariantInline(TabularInline):
    model = ProductVariant
    extra = 0


@admin.register(Product)
class ProductAdmin(ModelAdmin):
    list_display = ["article", "stock", "featured", "active"]
    list_filter = ["category", "audience", "active", "featured"]
    search_fields = ["name", "slug", "colours__variants__sku"]
    prepopulated_fields = {"slug": ["name"]}
    fields = [
        *("name", "slug", "category", "audience", "description", "material", "care"),
        *("featured", "active", "position"),
    ]
    inlines = [ColourInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        products = super().get_queryset(request).select_related("category").prefetch_related("colours")
        return products.annotate(pieces=Sum("colours__variants__stock"))

    @display(description=_("product"), header=True, ordering="name")
    def article(self, product: Product) -> list[object]:
        colour = next(iter(product.colours.all()), None)
        lines: list[object] = [product.name, product.category.name, ""]
        if colour:
            path = get_thumbnail(colour.image, "96x128").url
            lines.append({"path": path, "height": 48, "width": 36, "borderless": True})
        return lines

    @admin.display(description=_("stock"), ordering="pieces")
    def stock(self, product: Product) -> int:
        return product.pieces or 0  # type: ignore[attr-defined]  # annotated above


@admin.register(ProductColour)
class ProductColourAdmin(ModelAdmin):
    """Sizes, stock and prices of one colour."""

    list_display = ["product", "name", "garment"]
    list_filter = ["product__category"]
    search_fields = ["name", "product__name", "variants__sku"]
    list_select_related = ["product", "garment"]
    autocomplete_fields = ["product", "garment"]
    fields = ["product", *COLOUR_FIELDS]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [VariantInline]

    def get_urls(self) -> list[URLPattern]:
        one, many = (self.admin_site.admin_view(view) for view in (publish_view, publish_many_view))
        return [
            path("publish/<uuid:garment_id>/", one, name="shop_productcolour_publish"),
            path("publish/", many, name="shop_productcolour_publish_many"),
            *super().get_urls(),
        ]


class OrderLineInline(TabularInline):
    model = OrderLine
    extra = 0
    can_delete = False
    fields = readonly_fields = ["sku", "name", "colour", "size", "unit_price", "quantity"]

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(AuditedAdmin):
    owner_field = "user_id"
    list_display = ["number", "placed_at", "name", "city", "total", "status_label"]
    list_filter = ["status", "placed_at"]
    search_fields = ["id", "name", "email"]
    date_hierarchy = "placed_at"
    readonly_fields = [
        "number",
        "user",
        "name",
        "email",
        "street",
        "postal_code",
        "city",
        "country",
        "total",
        "placed_at",
    ]
    fields = [*readonly_fields, "status"]
    inlines = [OrderLineInline]

    @display(description=_("status"), ordering="status", label={"placed": "info", "shipped": "success"})
    def status_label(self, order: Order) -> tuple[str, str]:
        return order.status, order.get_status_display()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False
