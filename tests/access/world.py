"""Eight people at the door, and one thing of everything, all of it the owner's."""

from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.test import Client
from djmoney.money import Money
from knox.models import AuthToken

from shop import roles
from shop.models import Cart, Category, Order, Product, ProductColour, ProductVariant
from shop.services.carts import cart_add
from shop.services.orders import order_place
from tests.authenticators import enrol
from tests.tryon import factories
from tryon.import_files import plan_addresses
from tryon.model_weights import file_keep
from tryon.models import AuditEntry, ErasureReceipt, Garment, PendingDeletion, TrainingRun, WebhookDelivery
from tryon.selectors.tokens import ID_LENGTH
from tryon.services.audit import audit_link, audit_record
from tryon.services.garment_imports import import_create
from tryon.services.lookbooks import lookbook_create
from tryon.services.receipts import receipt_create
from tryon.services.webhooks import endpoint_create

STAFF_ROLES = (roles.MERCHANT, roles.TRAINER, roles.PRIVACY_OFFICER)
ROLES = ("anonymous", "other", "owner", "clerk", "root", *STAFF_ROLES)
"""A visitor, another shopper, the shopper whose things these are, staff for orders alone, a superuser, and
the roles of staff."""
ADDRESS = dict.fromkeys(["name", "email", "street", "postal_code", "city", "country"], "x")


@dataclass
class World:
    """`things` by the name of what they are, for addresses; `browsers` by role."""

    things: dict[str, Any]
    browsers: dict[str, Client]

    def browser(self, role: str) -> Client:
        """One that is logged in and may be used up: a logout in it ends nothing."""
        browser = Client()
        browser.cookies = deepcopy(self.browsers[role].cookies)
        return browser


def build() -> World:
    """Make everybody and everything."""
    people = {
        "other": factories.user("other", password="x"),
        "owner": factories.user("owner", password="x"),
        "clerk": factories.user("clerk", password="x", is_staff=True),
        "root": factories.user("root", password="x", is_staff=True, is_superuser=True),
    }
    people["clerk"].user_permissions.set(
        Permission.objects.filter(codename__in=["view_order", "change_order"])
    )
    for role in STAFF_ROLES:
        people[role] = factories.user(role.replace(" ", "-"), password="x", is_staff=True)
        people[role].groups.add(Group.objects.get(name=role))
    factories.shopper(user=people["other"])
    browsers = {"anonymous": Client()}
    for role, user in people.items():
        browsers[role] = Client()
        browsers[role].force_login(user)
    things = {**_shop(people["owner"]), **_tryon(people["owner"], people["root"])}
    things["garment"] = things["colour"].garment
    return World(things, browsers)


def _shop(owner: Any) -> dict[str, Any]:
    category = Category.objects.create(slug="tops", name="Tops")
    product = Product.objects.create(slug="shirt", name="Shirt", category=category)
    garment = factories.garment(status=Garment.Status.SUCCEEDED)
    picture = ContentFile(factories.encoded(factories.picture()), "a.jpg")
    colour = ProductColour.objects.create(
        product=product, slug="white", name="White", hex="#ffffff", image=picture, alt="", garment=garment
    )
    price = Money(Decimal(20), "EUR")
    variant = ProductVariant.objects.create(
        colour=colour, size="M", sku="shirt", stock=5, price=price, position=0
    )
    cart = Cart.objects.create(user=owner)
    cart_add(cart=cart, variant=variant)
    order: Order = order_place(cart=cart, user=owner, address=ADDRESS)
    return {
        "category": category,
        "product": product,
        "colour": colour,
        "variant": variant,
        "line": cart_add(cart=cart, variant=variant),
        "order": order,
        "user": owner,
        "group": Group.objects.create(name="Staff"),
        "email": EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True),
    }


def _tryon(owner: Any, root: Any) -> dict[str, Any]:
    shopper = factories.shopper(user=owner)
    photo = factories.photo(shopper)
    endpoint, _secret = endpoint_create(owner_id=root.pk, url="https://hooks.example/")
    job = factories.tryon(photo, result=True)
    type(job).objects.filter(pk=job.pk).update(status="succeeded")
    token, _text = AuthToken.objects.create(user=owner)
    token.public_id = token.digest[:ID_LENGTH]
    enrol(owner)
    audit_record(action=AuditEntry.Action.ROTATE, object_kind="key")
    audit_link()
    lookbook = lookbook_create(
        name="Spring",
        garments=[factories.garment()],
        samples=[settings.TRYON["SAMPLE_PHOTOS"][0]["image"]],
        user_id=root.pk,
    )
    return {
        "model": factories.model_version(),
        "run": TrainingRun.objects.create(steps=5),
        "compared": TrainingRun.objects.create(
            steps=5,
            status="succeeded",
            report={"verdict": "same", "comparisons": []},
            sheet=file_keep(name="runs/compared.png", content=b"picture"),
        ),
        "lookbook": lookbook,
        "look": lookbook.looks.get(),
        "import": import_create(rows=plan_addresses("https://example.com/a.jpg"), user_id=root.pk),
        "entry": AuditEntry.objects.latest("number"),
        "shopper": shopper,
        "consent": shopper.consents.get(),
        "photo": photo,
        "job": job,
        "sample": factories.sample(photo),
        "model_photo": factories.sample(batch=uuid4(), in_lookbooks=True),
        "sealed": job.result,
        "token": token,
        "authenticator": owner.authenticator_set.get(type="totp"),
        "endpoint": endpoint,
        "delivery": WebhookDelivery.objects.get(),
        "pending": PendingDeletion.objects.create(storage_name="a/b"),
        "receipt": receipt_create(
            object_id=endpoint.pk, kind="photo", reason=ErasureReceipt.Reason.REQUESTED
        ),
    }
