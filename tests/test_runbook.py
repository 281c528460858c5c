"""docs/runbook.md knows every code, every check and every warning that the code can say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.errors import MESSAGES
from tryon.errors import ERRORS
from tryon.metrics import REFUSALS, WorkCollector
from tryon.selectors.health import CHECKS

ROOT = Path(__file__).parent.parent
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
LOUD = {"warning", "error", "exception", "critical"}


def rows(heading: str) -> list[list[str]]:
    """The rows of the table under this heading, as lists of cells."""
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", RUNBOOK, re.M | re.S)
    found = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in section.splitlines()
        if line[:1] == "|"
    ]
    return found[2:]


def named(heading: str) -> list[str]:
    """What stands in backticks in the first cells."""
    return [name for row in rows(heading) for name in re.findall(r"`([^`]+)`", row[0])]


def warnings_of(path: Path) -> Iterator[str]:
    """The messages that this module logs as a warning or worse."""
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and (node.func.value.id, node.func.attr in LOUD) == ("logger", True)
        ):
            yield str(ast.literal_eval(node.args[0])).replace("\n", "\\n")


def test_every_code_has_one_row() -> None:
    assert sorted(named("Error codes")) == sorted({*ERRORS, *MESSAGES, "throttled"})


def test_every_check_of_readyz_has_one_row() -> None:
    assert named("`/readyz` says no") == list(CHECKS)


def test_every_warning_has_one_row() -> None:
    code = [path for name in ("config", "shop", "tryon", "workers") for path in (ROOT / name).rglob("*.py")]
    logged = {message for path in code for message in warnings_of(path)}
    assert len(logged) > 10
    assert sorted(named("Log lines")) == sorted(logged)


def test_every_row_says_what_to_do() -> None:
    for heading in ("Watch", "`/readyz` says no", "Error codes", "Log lines"):
        assert all(len(row) == 3 and all(row) for row in rows(heading))


@pytest.mark.django_db
def test_every_metric_of_ours_that_is_named_exists() -> None:
    exist = {metric.name for metric in [*WorkCollector().collect(), *REFUSALS.collect()]}
    named = set(re.findall(r"`(tryon_\w+?)(?:_total)?[`{]", RUNBOOK))
    assert named == exist
