"""Files for which losing one is not an option: those of the erasure ledger and of the models."""

import os
import tempfile
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class DurableFileStore(FileSystemStorage):
    """A folder whose files are whole or absent, and on the disk by the time `save` returns."""

    def _save(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        made = [folder for folder in target.parents if not folder.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.location, prefix=".") as folder:
            whole = Path(folder, target.name)
            with whole.open("xb") as file:
                file.writelines(content.chunks())
                file.flush()
                os.fsync(file.fileno())
            whole.rename(target)
        for changed in {target.parent, *(folder.parent for folder in made)}:
            _sync(changed)
        return name


def _sync(folder: Path) -> None:
    """A file is there after a power cut only if its folder says so."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
