"""What lies in the private store, and what of it nobody knows."""

from collections.abc import Iterator

from django.core.files.storage import Storage, storages

from tryon.models import PendingDeletion, SealedObject


def files_unnamed() -> list[str]:
    """Files of the private store that no row names."""
    storage = storages["private"]
    # Files are listed first, since names are committed before bytes are written.
    files = set(_walk(storage, ""))
    named = set(SealedObject.objects.values_list("storage_name", flat=True))
    named.update(PendingDeletion.objects.values_list("storage_name", flat=True))
    return sorted(name for name in files - named if storage.exists(name))


def old_versions() -> list[str]:
    """Names in the private store of which the store keeps more than what can be read, if it is one that does.

    Every object has one version, so these are bytes, or marks of bytes, that should be gone.
    """
    find = getattr(storages["private"], "old_versions", tuple)
    return sorted(set(find()))


def _walk(storage: Storage, directory: str) -> Iterator[str]:
    try:
        directories, files = storage.listdir(directory)
    except FileNotFoundError:  # Nothing has been stored yet.
        return
    prefix = f"{directory}/" if directory else ""
    yield from (prefix + name for name in files)
    for name in directories:
        yield from _walk(storage, prefix + name)
