"""Pictures in the public store that nothing names any more."""

from collections.abc import Iterable

from django.core.files.storage import default_storage


def files_delete(names: Iterable[str | None]) -> None:
    """Delete the files of these names; empty names are none."""
    for name in filter(None, names):
        default_storage.delete(name)
