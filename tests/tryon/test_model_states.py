"""Whatever is promoted, tried out, rolled back and found damaged, and when: what serves is what should."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.models import ModelVersion
from tryon.selectors.model_versions import models_serving
from tryon.services.model_versions import model_canary, model_mark_damaged, model_promote, model_rollback

pytestmark = pytest.mark.django_db
NAMES = ("a", "b", "c", "d")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["promote", "promote", "canary", "end", "rollback", "damage"]), st.sampled_from(NAMES)
    ),
    max_size=14,
)


class Expected:
    """What should serve, told in other words: a pile of versions, the one on top in service."""

    def __init__(self) -> None:
        self.pile: list[str] = []
        self.canary: str | None = None
        self.damaged: set[str] = set()

    def step(self, step: str, name: str) -> str | None:
        """Do it; returns the refusal that it meets, if any."""
        if step == "rollback":
            if not self.pile:
                return "nothing_to_roll_back"
            self.pile.pop()
            self.canary = None if self.pile[-1:] == [self.canary] else self.canary
            return None
        if step == "damage":
            self.damaged.add(name)
            self.canary = None if self.canary == name else self.canary
            self.pile = [other for other in self.pile if other != name]
            self.canary = None if self.pile[-1:] == [self.canary] else self.canary
            return None
        if self.pile[-1:] == [name]:
            return "model_in_service"
        if name in self.damaged:
            return "model_damaged"
        if step == "promote":
            self.pile = [*(other for other in self.pile if other != name), name]
        if step == "canary":
            self.canary = name
        elif self.canary == name:
            self.canary = None
        return None


def act(step: str, name: str) -> str | None:
    version = ModelVersion.objects.get(name=name)
    try:
        if step == "promote":
            model_promote(version=version)
        elif step in ("canary", "end"):
            model_canary(version=version, share=0.3 if step == "canary" else 0)
        elif step == "rollback":
            model_rollback()
        else:
            model_mark_damaged(version=version, reason="a test")
    except TryOnError as error:
        return error.code
    return None


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_serves_is_what_should(steps: list[tuple[str, str]]) -> None:
    expected = Expected()
    with undone():
        for name in NAMES:
            factories.model_version(name)
        for step, name in steps:
            assert act(step, name) == expected.step(step, name)
            current, canary = models_serving()
            assert (current.name if current else None) == (expected.pile[-1] if expected.pile else None)
            assert (canary.name if canary else None) == expected.canary
            damaged = ModelVersion.objects.filter(status="damaged").values_list("name", flat=True)
            assert set(damaged) == expected.damaged
