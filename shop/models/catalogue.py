from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.models.validators import MinMoneyValidator


class Category(models.Model):
    """A shelf of the shop, shown in `position` order."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:category", args=[self.slug])


class Product(models.Model):
    """An article as people speak of it: "the linen shirt", in all its colours and sizes."""

    class Audience(models.TextChoices):
        WOMEN = "women", _("Women")
        MEN = "men", _("Men")
        UNISEX = "unisex", _("Unisex")

    slug = models.SlugField(_("slug"), unique=True, max_length=80)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"))
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="products", verbose_name=_("category")
    )
    audience = models.CharField(
        _("audience"), max_length=8, choices=Audience.choices, default=Audience.UNISEX
    )
    material = models.CharField(_("material"), max_length=200, blank=True)
    care = models.TextField(_("care"), blank=True)
    featured = models.BooleanField(_("on the front page"), default=False)
    active = models.BooleanField(_("on sale"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes = [GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="product_name_trigrams")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:product", args=[self.slug])


class ProductColour(models.Model):
    """A colour of a product with its picture. `garment` is what the try-on puts on; without it the colour
    cannot be tried on."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="colours")
    slug = models.SlugField(_("slug"))
    name = models.CharField(_("name"), max_length=60)
    hex = models.CharField(
        _("swatch"), max_length=7, validators=[RegexValidator(r"^#[0-9a-f]{6}$")], help_text="#rrggbb"
    )
    image = models.ImageField(_("picture"), upload_to="products/")
    alt = models.CharField(_("picture in words"), max_length=200)
    garment = models.OneToOneField(
        "tryon.Garment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("garment to try on"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("colour")
        verbose_name_plural = _("colours")
        constraints = [models.UniqueConstraint(fields=["product", "slug"], name="one_colour_per_slug")]

    def __str__(self) -> str:
        return f"{self.product}, {self.name}"

    def get_absolute_url(self) -> str:
        return f"{self.product.get_absolute_url()}?colour={self.slug}"


class ProductVariant(models.Model):
    """What is sold: one size of one colour, with its stock and its price (tax included)."""

    colour = models.ForeignKey(ProductColour, on_delete=models.CASCADE, related_name="variants")
    size = models.CharField(_("size"), max_length=16)
    sku = models.CharField(_("SKU"), max_length=40, unique=True)
    stock = models.PositiveIntegerField(_("stock"), default=0)
    price = MoneyField(
        _("price"), max_digits=9, decimal_places=2, default_currency="EUR", validators=[MinMoneyValidator(0)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [models.UniqueConstraint(fields=["colour", "size"], name="one_variant_per_size")]

    def __str__(self) -> str:
        return self.sku

    @property
    def in_stock(self) -> bool:
        return self.stock > 0
