"""The files of model versions: safetensors, under the name of their own SHA-256, and never changed."""

import errno
import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tryon.errors import TryOnError


class WeightsError(Exception):
    """A file of a model version is missing or is not what its name says."""


def weights_keep(*, content: bytes) -> str:
    """Store the bytes of a safetensors file; returns their SHA-256.

    Raises TryOnError `model_invalid` or `disk_full`.
    """
    _require_safetensors(content)
    digest = hashlib.sha256(content).hexdigest()
    store, name = storages["models"], _name(digest)
    if store.exists(name):
        try:
            weights_open(digest=digest)
            return digest
        except WeightsError:
            store.delete(name)
    if (saved := file_keep(name=name, content=content)) != name:
        store.delete(saved)  # Somebody else has just stored the same bytes.
    return digest


def file_keep(*, name: str, content: bytes) -> str:
    """Save to the store of models; returns the name that it has there.

    Raises TryOnError `disk_full`: whoever waits for it can free some space, and nothing is left half-written.
    """
    try:
        saved: str = storages["models"].save(name, ContentFile(content))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TryOnError("disk_full") from error
        raise
    return saved


def weights_open(*, digest: str) -> bytes:
    """The bytes with this SHA-256. Raises WeightsError; and whatever a store raises that is down."""
    try:
        with storages["models"].open(_name(digest)) as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise WeightsError(f"the file {digest[:12]} is missing") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise WeightsError(f"the file {digest[:12]} is altered")
    return content


def builtin_weights() -> dict[str, Path]:
    """The files this program came with, by the name of their network."""
    return {path.stem: path for path in sorted(settings.BUILTIN_WEIGHTS.glob("*.safetensors"))}


def _name(digest: str) -> str:
    return f"{digest}.safetensors"


def _require_safetensors(content: bytes) -> None:
    """Refuse anything else, a pickle above all, and what is cut off, by the header: a length and that many
    bytes of JSON, which say where each tensor ends.
    """
    length = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + length])
        ends = [facts["data_offsets"][1] for name, facts in header.items() if name != "__metadata__"]
        whole = max(ends) == len(content) - 8 - length
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        whole = False
    if not whole:
        raise TryOnError("model_invalid")
