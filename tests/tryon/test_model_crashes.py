"""A promotion that is killed, at whatever step: the old version serves or the new one, and it is whole."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.tryon import factories
from tryon.model_weights import weights_keep, weights_open
from tryon.models import AuditEntry, Garment, ModelVersion
from tryon.selectors.model_versions import models_serving
from tryon.services.audit import audit_link
from tryon.services.model_versions import model_promote, model_rollback

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = 50
Ask = Callable[[str, int], str]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Have a promotion die at a line; returns how it went."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tryon.dying_promotion"],
        env=os.environ | {"DATABASE_URL": database.geturl()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    questions, answers = process.stdin, process.stdout

    def put(name: str, line: int) -> str:
        print(name, line, file=questions, flush=True)
        return answers.readline().strip()

    yield put
    questions.close()
    process.wait()
    answers.close()


def make(name: str, number: int) -> ModelVersion:
    files = {network: weights_keep(content=factories.weights(number)) for network in ("cloth", "warp")}
    return factories.model_version(name, files=files)


def promotions() -> int:
    audit_link()
    return AuditEntry.objects.filter(action="promote").count()


def test_promotions_at_the_same_moment_take_turns() -> None:
    versions = [make(f"version-{number}", number) for number in range(6)]
    ready = Barrier(len(versions))

    def promote(version: ModelVersion) -> None:
        try:
            ready.wait()
            model_promote(version=version)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(versions)) as pool:
        list(pool.map(promote, versions))
    statuses = sorted(ModelVersion.objects.values_list("status", flat=True))
    assert statuses == ["current", *["retired"] * 5]
    assert promotions() == 6
    for _ in versions:
        model_rollback()
    assert models_serving().current is None


def test_a_killed_promotion_leaves_the_old_version_or_the_new_one(ask: Ask) -> None:
    model_promote(version=make("old", 1))
    make("new", 2)
    garment = factories.garment()
    answer = ask("new", 0).split()
    assert answer[0] == "lived"
    model_rollback()
    lines = int(answer[1])
    assert lines > 2 * KILLS

    served = []
    for kill in range(KILLS):
        Garment.objects.update(outdated=False)
        before = promotions()
        assert ask("new", 1 + kill * (lines - 1) // (KILLS - 1)) == "died"
        serving = models_serving()
        assert serving.current
        assert serving.canary is None
        served.append(serving.current.name)
        new = serving.current.name == "new"
        assert [weights_open(digest=digest) for digest in serving.current.files.values()]
        assert promotions() - before == new
        garment.refresh_from_db()
        assert garment.outdated == new
        statuses = dict(ModelVersion.objects.values_list("name", "status"))
        assert statuses["new"] in ({"current"} if new else {"candidate", "retired"})
        assert statuses["old"] == ("retired" if new else "current")
        if new:
            model_rollback()
    # Up to the commit the old one, after it the new one.
    assert served == sorted(served, reverse=True)
    assert set(served) == {"old", "new"}
