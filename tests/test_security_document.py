"""docs/security.md leaves no item out and names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
LAST = re.findall(
    r"\S+",
    """
    1.1.2 1.2.9 1.3.11 1.4.3 1.5.2 2.1.3 2.2.3 2.3.4 2.4.1 3.2.2 3.3.4 3.4.6 3.5.5 3.7.2 4.1.3 4.2.1
    4.3.2 4.4.4 5.1.1 5.2.3 5.3.2 5.4.3 6.1.3 6.2.12 6.3.4 6.4.4 6.5.5 6.6.3 6.8.4 7.1.3 7.2.4 7.3.2
    7.4.5 7.5.2 7.6.2 8.1.2 8.2.3 8.3.1 8.4.1 9.1.3 9.2.4 10.1.2 10.2.2 10.3.4 10.4.11 10.5.5 10.6.2
    10.7.3 11.1.2 11.2.3 11.3.3 11.4.4 11.5.1 11.6.1 12.1.3 12.2.2 12.3.4 13.1.1 13.2.5 13.3.2 13.4.5
    14.1.2 14.2.4 14.3.3 15.1.3 15.2.3 15.3.7 16.1.1 16.2.5 16.3.4 16.4.3 16.5.3 17.1.1 17.2.4 17.3.2
    """,
)
"""The last item of level 1 or 2 in each section of ASVS 5.0.0; those before it are of these levels too."""
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "security.md").read_text().splitlines()
    if re.match(r"\| \d+\.\d+\.\d+", line)
]


def items(text: str) -> list[str]:
    """ "1.2.1-1.2.3, 1.4.1" as a list of single items."""
    found = []
    for part in text.split(", "):
        first, _, last = part.partition("-")
        section, number = first.rsplit(".", 1)
        assert not last or last.rsplit(".", 1)[0] == section
        found += [
            f"{section}.{each}" for each in range(int(number), int((last or first).rsplit(".", 1)[1]) + 1)
        ]
    return found


def test_every_item_up_to_level_two_has_one_row() -> None:
    expected = [item for last in LAST for item in items(f"{last.rsplit('.', 1)[0]}.1-{last}")]
    named = [item for row in ROWS for item in items(row[0])]
    assert len(expected) == 253
    assert sorted(named) == sorted(expected)


def test_every_row_has_a_state_and_says_something() -> None:
    assert {row[1] for row in ROWS} <= {"met", "partly", "open", "operator", "n/a"}
    assert all(len(row) == 4 and row[2] for row in ROWS)


def test_every_test_that_is_named_exists() -> None:
    code = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    named = {name for row in ROWS for name in re.findall(r"`(test_\w+)`", row[3])}
    assert len(named) > 50
    assert {name for name in named if f"def {name}(" not in code} == set()
