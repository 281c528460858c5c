"""The store of the ledger on disk: a file is whole or absent, and it is on the disk when `save` returns."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from config.durable_files import DurableFileStore


class TornFile(ContentFile):
    """Fails after its first chunk."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"half"
        raise OSError("no space left")


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_file_lies_where_it_should_and_nothing_beside_it(tmp_path: Path) -> None:
    store = DurableFileStore(location=tmp_path)
    assert store.save("2026/11/a.json", ContentFile(b"{}")) == "2026/11/a.json"

    assert everything(tmp_path) == ["2026", "2026/11", "2026/11/a.json"]
    assert (tmp_path / "2026/11/a.json").read_bytes() == b"{}"


def test_a_name_that_is_taken_is_never_written_over(tmp_path: Path) -> None:
    store = DurableFileStore(location=tmp_path)
    store.save("a.json", ContentFile(b"1"))
    other = store.save("a.json", ContentFile(b"2"))

    assert other != "a.json"
    assert (tmp_path / "a.json").read_bytes() == b"1"


def test_a_file_that_could_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no space"):
        DurableFileStore(location=tmp_path).save("a.json", TornFile(b""))

    assert everything(tmp_path) == []


def test_the_file_is_synced_before_it_is_named_and_its_folders_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    fsync = os.fsync

    def watching(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append((kind, (tmp_path / "2026/a.json").exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    DurableFileStore(location=tmp_path).save("2026/a.json", ContentFile(b"{}"))
    assert synced == [("file", False), ("folder", True), ("folder", True)]
