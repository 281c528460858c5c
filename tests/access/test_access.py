"""Who may do what: every named address of the project, for eight kinds of people."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker, Settings

from tests.access.rows import Row
from tests.access.table import ADMIN, ROWS
from tests.access.world import ROLES, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(valkey: str, world: World) -> None:
    cache.clear()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Built once: what a request changes is undone, and so is all of it in the end."""
    quick = {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}
    whole = transaction.atomic()
    whole._from_testcase = True  # as Django's own tests mark theirs: durable blocks may lie inside
    with django_db_blocker.unblock(), override_settings(**quick), whole:
        yield build()
        transaction.set_rollback(True)


def named(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """The names of all addresses below, with their name spaces."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield space + pattern.name
        else:
            yield from named(pattern, space + (f"{pattern.namespace}:" if pattern.namespace else ""))


def address_of(name: str, row: Row, things: dict[str, Any], **others: str) -> str:
    """The address of the owner's thing, or of a public one; `others` in the place of its keys."""
    own = {key: _value(text, things) for key, text in row.args.items()}
    return reverse(name, kwargs=own | others)


def _value(text: str, things: dict[str, Any]) -> Any:
    """ "photo.pk" is the key of the thing `photo`; what names no thing stands for itself."""
    thing, _, field = text.partition(".")
    return getattr(things[thing], field) if thing in things and field else text


def send(browser: Client, name: str, row: Row, things: dict[str, Any], address: str) -> HttpResponse:
    body = {key: _value(text, things) for key, text in row.body.items()}
    json = "application/json" if name.startswith("api:") else None
    options = {"content_type": json} if json and row.method != "GET" else {}
    return getattr(browser, row.method.lower())(address, body, **options)


def statuses(world: World, name: str, row: Row) -> list[str]:
    """What each role is answered, in the order of ROLES; every deed is undone before the next."""
    address = address_of(name, row, world.things)
    found = []
    for role in ROLES:
        with transaction.atomic():
            found.append(str(send(world.browser(role), name, row, world.things, address).status_code))
            transaction.set_rollback(True)
    return found


def test_every_named_address_has_its_row_and_every_row_its_address() -> None:
    assert set(named(get_resolver())) == set(ROWS) | set(ADMIN)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_access(world: World, name: str) -> None:
    for row in ROWS[name]:
        assert (row.method, statuses(world, name, row)) == (row.method, row.all_statuses)


@pytest.mark.parametrize("name", sorted(ADMIN))
def test_access_to_the_admin(world: World, settings: Settings, name: str) -> None:
    row = ADMIN[name]
    assert statuses(world, name, row) == row.all_statuses
    settings.STAFF_MFA_REQUIRED = True
    shoppers = row.all_statuses[1]
    without_factor = statuses(world, name, row)
    assert without_factor[3:] == [shoppers if name != "admin:login" else "302"] * len(ROLES[3:])


OWNED = [
    (name, row)
    for name, rows in sorted(ROWS.items())
    for row in rows
    if row.statuses.split()[1] == "404" and any("." in text and "/" not in text for text in row.args.values())
]


@pytest.mark.parametrize(("name", "row"), OWNED, ids=lambda value: getattr(value, "method", value))
def test_what_is_anothers_is_as_if_it_did_not_exist(world: World, name: str, row: Row) -> None:
    """The very same answer, byte for byte, but for the address itself and the token of the page's forms."""
    addresses = [address_of(name, row, world.things)]
    for key, text in row.args.items():
        if "." in text:
            own = str(_value(text, world.things))
            unknown = str(uuid.uuid4()) if "-" in own else "9" * len(own)
            addresses.append(address_of(name, row, world.things, **{key: unknown}))
    for role in ROLES:
        if row.all_statuses[ROLES.index(role)] != "404":
            continue
        answers = [send(world.browser(role), name, row, world.things, each) for each in addresses]
        assert [answer.status_code for answer in answers] == [404] * len(addresses)
        first, *others = map(seen, answers, addresses)
        assert others == [first] * len(others)


def seen(response: HttpResponse, address: str) -> tuple[str, dict[str, str]]:
    """Body and headers, less what must differ."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    return body.replace(address, "ADDRESS"), headers


def test_there_is_much_to_own() -> None:
    assert len(OWNED) >= 10
