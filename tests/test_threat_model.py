"""docs/threat-model.md names proofs that exist, and one for every threat."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROWS = re.findall(
    r"^\| ([STRIDE]) \| (.+?) \| (.+?) \| (.+?) \|$", (ROOT / "docs" / "threat-model.md").read_text(), re.M
)


def test_every_letter_has_its_threats() -> None:
    assert {row[0] for row in ROWS} == set("STRIDE")


def test_every_threat_has_proofs_and_they_exist() -> None:
    for row in ROWS:
        proofs = re.findall(r"`(tests/[\w/]+\.py)`", row[3])
        assert proofs, row
        assert [proof for proof in proofs if not (ROOT / proof).is_file()] == []
