"""Twins on disk: they come back, a kill or a full disk costs little, and nothing half made is ever used."""

import errno
import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ml.errors import Refusal
from ml.training import finetune
from ml.training.finetune import SPARE_BYTES, TWIN_BYTES, make_twins
from ml.twins import store
from ml.twins.scene import make_geometry
from ml.twins.store import TwinStore, write_twins


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A folder with three twins."""
    write_twins(tmp_path, 3, seed=20)
    return tmp_path


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def on_disk(folder: Path) -> int:
    """Bytes that the files of a folder really take."""
    return sum(path.stat().st_blocks * 512 for path in folder.iterdir())


def test_stored_twins_come_back(few: Path) -> None:
    found = TwinStore.open(few)
    assert len(found) == 3
    made, kept = make_geometry(21), found[1]
    assert kept.category == made.category
    assert np.array_equal(kept.layout, made.layout)
    assert np.nanmax(np.abs(kept.flow - made.flow)) <= 1 / 256 + 1e-4
    with pytest.raises(IndexError):
        found[3]


def test_making_twins_goes_on_where_it_stopped(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "make_geometry", lambda _: pytest.fail("made again"))
    assert len(write_twins(few, 3, seed=20)) == 3


def test_there_must_be_twins(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TwinStore.open(tmp_path)


@pytest.mark.parametrize("state", ["", '{"count": 3', "[3]", '{"count": "many"}', "{}"])
def test_a_state_that_cannot_be_read_is_none(few: Path, state: str) -> None:
    (few / "twins.json").write_text(state)
    with pytest.raises(FileNotFoundError, match="there are no twins"):
        TwinStore.open(few)
    heard: list[int] = []
    assert len(write_twins(few, 3, seed=20, on_twin=heard.append)) == 3
    assert heard == [1, 2, 3]


def test_a_state_is_written_whole_or_not_at_all(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (few / "twins.json").read_text()

    def half(self: Path, text: str) -> int:
        with self.open("w") as file:
            file.write(text[:5])
        full()
        return 0

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", half)
        with pytest.raises(OSError, match="No space left"):
            store._write_state(few, {"count": 9})
    assert (few / "twins.json").read_text() == before
    store._write_state(few, {"count": 9})
    assert json.loads((few / "twins.json").read_text()) == {"count": 9}


def test_other_twins_are_not_taken_for_those_that_were_there(few: Path) -> None:
    def killed(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_twins(few, 4, seed=50, on_twin=killed)
    with pytest.raises(FileNotFoundError):
        TwinStore.open(few)


def test_the_room_for_all_twins_is_taken_before_the_first(tmp_path: Path) -> None:
    seen: list[int] = []
    write_twins(tmp_path, 3, seed=20, on_twin=lambda count: seen.append(on_disk(tmp_path)))
    size = sum(path.stat().st_size for path in tmp_path.glob("*.npy"))
    assert seen[0] >= size


def test_a_disk_without_room_for_them_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def fills_up(*_: object) -> None:
        taken.append(1)
        if len(taken) > 5:
            full()

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", fills_up)
        with pytest.raises(Refusal, match="disk_full"):
            make_twins(tmp_path, 4)
    assert list(tmp_path.iterdir()) == []
    assert len(make_twins(tmp_path, 4)) == 4


def test_no_twins_are_begun_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finetune.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    with pytest.raises(Refusal, match="disk_full"):
        make_twins(tmp_path / "twins", 4)
    assert list((tmp_path / "twins").iterdir()) == []


def test_twins_that_are_there_need_no_more_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_twins(tmp_path, 4)
    free = SPARE_BYTES + 4 * TWIN_BYTES - on_disk(tmp_path)
    monkeypatch.setattr(finetune.shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    assert len(make_twins(tmp_path, 4)) == 4
