"""What the roles of staff may do, and above all what they may not."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client

from shop.models import User
from shop.roles import MERCHANT, PRIVACY_OFFICER, ROLES, TRAINER
from shop.services.roles import roles_grant
from tests.tryon import factories

pytestmark = pytest.mark.django_db
OF_PEOPLE = ["user", "order", "shopper", "consent", "photo", "tryonjob", "sealedobject", "auditentry"]


def staff(role: str) -> User:
    user: User = factories.user(role.replace(" ", "-"), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def permissions_of(role: str) -> set[str]:
    held = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in held}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_holds_what_the_table_names_and_the_database_has(role: str) -> None:
    every = Permission.objects.values_list("content_type__app_label", "codename")
    assert permissions_of(role) == set(ROLES[role]) & {".".join(each) for each in every}
    assert permissions_of(role)


@pytest.mark.parametrize("role", [MERCHANT, TRAINER])
@pytest.mark.parametrize("model", OF_PEOPLE)
def test_neither_merchant_nor_trainer_sees_people(client: Client, role: str, model: str) -> None:
    assert not [name for name in permissions_of(role) if name.endswith(f"_{model}")]
    client.force_login(staff(role))
    app = "shop" if model in ("user", "order") else "tryon"
    assert client.get(f"/admin/{app}/{model}/").status_code == 403


def test_a_trainer_changes_no_garment_and_a_privacy_officer_sees_none(client: Client) -> None:
    garment = factories.garment()
    client.force_login(staff(TRAINER))
    page = f"/admin/tryon/garment/{garment.pk}/change/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"name": "Mine", "category": "dresses"}).status_code == 403
    client.force_login(staff(PRIVACY_OFFICER))
    assert client.get(page).status_code == 403


def test_a_privacy_officer_erases_a_shopper_and_an_account_but_no_colleague(client: Client) -> None:
    shopper, colleague = factories.shopper(user=factories.user("ada")), factories.user("bob", is_staff=True)
    client.force_login(staff(PRIVACY_OFFICER))
    erase = {"action": "erase", "_selected_action": [shopper.pk]}
    client.post("/admin/tryon/shopper/", erase)
    assert not type(shopper).objects.exists()
    for user in (shopper.user, colleague):
        client.post("/admin/shop/user/", {"action": "erase", "_selected_action": [user.pk]})
    assert set(User.objects.values_list("username", flat=True)) == {"bob", "privacy-officer"}


def test_granting_again_restores_the_table_and_leaves_other_groups_alone() -> None:
    group, own = Group.objects.get(name=TRAINER), Group.objects.create(name="stylists")
    group.permissions.clear()
    group.permissions.add(Permission.objects.get(codename="view_photo"))
    own.permissions.add(Permission.objects.get(codename="view_photo"))
    before = Group.objects.count()
    roles_grant()
    call_command("migrate", verbosity=0)
    assert "tryon.view_photo" not in permissions_of(TRAINER)
    assert "tryon.view_garment" in permissions_of(TRAINER)
    assert permissions_of("stylists") == {"tryon.view_photo"}
    assert Group.objects.count() == before
