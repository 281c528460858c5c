"""Whatever is sent, the API answers as its document says, and never with a 500."""

import os
from collections.abc import Callable, Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from rest_framework.throttling import SimpleRateThrottle
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from config.wsgi import application
from tests.tryon import factories
from tests.tryon.api.browsers import browser_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    missing_required_header,
    unsupported_method,
]
"""Not whether logins are asked for, since visitors are welcome: `tests/access` knows who may do what."""
FEW = 8
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", FEW))
"""For each operation: the same few each time; `script/chaos --only 17` asks for 200 others each time."""
STAFF = "dashboard|garment-imports|garments/.+/.+/|lookbooks|models|training"
schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests share the connection of the test, as Django's own test client arranges it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def cookie(db: None, one_connection: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The session of a guest who agreed to try on, and who is not slowed down."""
    monkeypatch.setattr(SimpleRateThrottle, "parse_rate", lambda self, rate: (10_000, 60))
    return browser_of(factories.shopper()).cookies["sessionid"].value


@pytest.fixture
def staff_cookie(cookie: str) -> str:
    """The session of a superuser."""
    client = Client()
    client.force_login(factories.user("root", is_staff=True, is_superuser=True))
    return client.cookies["sessionid"].value


few_each = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == FEW,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def validate(case: Case, session: str, excluded: list[Callable]) -> None:
    token = "a" * 32
    if case.media_type == "multipart/form-data":
        # No document can say which files are pictures; and all that a form holds is text, a number as well.
        excluded = [*excluded, positive_data_acceptance, negative_data_rejection]
    case.call_and_validate(
        checks=CHECKS,
        excluded_checks=excluded,
        cookies={"sessionid": session, "csrftoken": token},
        headers={"X-CSRFToken": token},
    )


@schema.parametrize()
@few_each
def test_answers_are_as_documented(
    case: Case, cookie: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("requests", 1)
    validate(case, cookie, [])


@schema.include(path_regex=STAFF).parametrize()
@few_each
def test_answers_to_staff_are_as_documented(
    case: Case, staff_cookie: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("requests", 1)
    # No document can say that of all that may be left out something must be there.
    validate(case, staff_cookie, [positive_data_acceptance])
