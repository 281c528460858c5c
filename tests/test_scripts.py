"""The scripts parse, and the demo's judgement of a result is right."""

import fcntl
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from config import demo, once, retrain_client, retrain_import

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted([*(ROOT / "script").iterdir(), ROOT / ".ci" / "run"])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_executable_bash_that_stops_at_errors(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text()
    subprocess.run(["bash", "-n", script], check=True)


def test_a_second_demo_in_the_folder_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SystemExit, match="already running"), demo.services(tmp_path):
            pass


def picture(*, red_square: int = 0) -> bytes:
    """A grey 100 x 100 PNG whose first `red_square` rows and columns are red."""
    image = Image.new("RGB", (100, 100), (90, 90, 90))
    image.paste((200, 0, 0), (0, 0, red_square, red_square))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def mask(square: int) -> Image.Image:
    """White in the first `square` rows and columns of 100 x 100."""
    image = Image.new("L", (100, 100), 0)
    image.paste(255, (0, 0, square, square))
    return image


@pytest.mark.parametrize(
    ("red", "allowed", "error"),
    [(20, 30, None), (0, 30, "unchanged"), (5, 30, "unchanged"), (20, 19, "outside")],
)
def test_the_judgement_of_a_result(
    monkeypatch: pytest.MonkeyPatch, red: int, allowed: int, error: str | None
) -> None:
    monkeypatch.setattr(once, "edit_mask", lambda *_: mask(allowed))
    report = once.Report(status="failed", seconds=0.0)
    if error is None:
        once.compare(picture(), b"", picture(red_square=red), report)
        assert (report.changed, report.mask, report.changed_outside_mask) == (0.04, 0.09, 0)
    else:
        with pytest.raises(once.OnceError, match=error):
            once.compare(picture(), b"", picture(red_square=red), report)


def test_polling_ends_with_the_typed_reason() -> None:
    with pytest.raises(once.OnceError, match="no_person"):
        once.poll(lambda: {"status": "failed", "error": {"code": "no_person"}}, seconds=1)
    assert once.poll(lambda: {"status": "succeeded"}, seconds=1) == {"status": "succeeded"}


def test_a_folder_of_garments_is_read_by_kind_and_by_pairs(tmp_path: Path) -> None:
    for name in ("dress/b.jpg", "dress/a.png", "dress/c.txt", "t-shirt/a.jpg", "hats/a.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    rows = ["person,cloth,category,target,region", *(f"p{n}.jpg,c{n}.png,lower_body,t,r" for n in range(3))]
    (tmp_path / "pairs.csv").write_text("\n".join(rows))
    found = [
        (each.category, each.picture.name, each.worn and each.worn.name)
        for each in retrain_import.garments(tmp_path, count=2)
    ]
    assert found == [
        ("lower_body", "c0.png", "p0.jpg"),
        ("lower_body", "c1.png", "p1.jpg"),
        ("dresses", "a.png", None),
        ("dresses", "b.jpg", None),
        ("upper_body", "a.jpg", None),
    ]


def test_garments_are_packed_in_order_with_a_list(tmp_path: Path) -> None:
    for name in ("dress/b.JPG", "dress/a.png", "t-shirt/a.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    content = retrain_import.packed(list(retrain_import.garments(tmp_path, count=2)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    table = found.pop("garments.csv").splitlines()
    assert found == {"0.png": "dress/a.png", "1.jpg": "dress/b.JPG", "2.jpg": "t-shirt/a.jpg"}
    assert table == [
        "file,name,category",
        "0.png,dress a,dresses",
        "1.jpg,dress b,dresses",
        "2.jpg,t-shirt a,upper_body",
    ]


REPORT = {
    "garments": 200,
    "error_px_first": 9.5,
    "error_px_last": 9.4,
    "ratio": 2.5,
    "candidate": "store-1",
    "version_before": "1.0",
    "version_promoted": "store-1",
    "version_after": "1.0",
    "audit": dict.fromkeys(retrain_client.AUDITED, 1),
}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"garments": 199}, "199 garments are prepared, 200 were asked for"),
        ({"error_px_last": 9.5}, "the error did not fall"),
        ({"ratio": 2.51}, "try-ons took more than 2.5 times as long"),
        ({"version_promoted": "1.0"}, "the try-on does not name the promoted version"),
        ({"version_after": "store-1"}, "the try-on does not name the version before"),
        *(
            ({"audit": REPORT["audit"] | {deed: 0}}, f"not in the audit trail: {deed}")
            for deed in ("imported", "added", "started", "compared", "promoted", "rolled back")
        ),
    ],
)
def test_the_demonstration_of_a_retraining_fails_without_what_it_claims(
    changes: dict[str, object], fault: str | None
) -> None:
    assert retrain_client.shortfalls(REPORT | changes, 200) == ([fault] if fault else [])


def test_entries_of_the_trail_are_counted_by_what_they_say() -> None:
    rows = [
        ["trainingrun", "Made", "-"],
        ["trainingrun", "Changed", "compared: same"],
        ["trainingrun", "Changed", "cancelled"],
        ["garmentimport", "Made", "3 pictures"],
        ["garmentimport", "Made", "2 pictures"],
        ["modelversion", "Model rolled back", "-"],
    ]
    found = {deed: retrain_client._times(rows, *what) for deed, what in retrain_client.AUDITED.items()}
    assert found == {
        "imported": 2, "added": 0, "started": 1, "compared": 1, "promoted": 0, "rolled back": 1
    }  # fmt: skip


def test_a_folder_with_too_few_pictures_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "dress").mkdir()
    (tmp_path / "dress" / "a.jpg").touch()
    command = [sys.executable, "-m", "config.demo_retrain", str(tmp_path), "--garments", "2"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "1 pictures of garments found" in answer.stderr
    assert "folders named after kinds (dress, " in answer.stderr


def test_the_ends_of_a_curve_are_its_first_and_last_tenth() -> None:
    curve = [[step, step * 2.0] for step in range(20)]
    assert retrain_client._ends(curve) == (curve[:2], curve[-2:])
    assert retrain_client._ends(curve[:1]) == (curve[:1], curve[:1])
