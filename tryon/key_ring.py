"""The keys that wrap data keys, behind an interface: today a ring from the environment.

Rotation: put a new key first; the old ones still open what they wrapped. `manage.py rotate_keys` wraps those
data keys again, and then the old keys may leave the ring. No picture is ever encrypted again.
"""

import base64
import os
from collections.abc import Collection, Mapping
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.module_loading import import_string

NONCE_BYTES = 12


class SealError(Exception):
    """Ciphertext, wrapped key and the row that describes them do not belong together: damage or tampering."""


class UnknownKeyError(SealError):
    """The secret is wrapped by a key that the key manager does not hold: it left the ring too early."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__(f"The key ring holds no key {key_id!r}.")


class KeyManager(Protocol):
    """What wraps data keys and opens them again. Rows remember the id of the key that wrapped theirs."""

    @classmethod
    def from_settings(cls) -> Self: ...

    @property
    def current_id(self) -> str:
        """The key that wraps."""

    @property
    def key_ids(self) -> Collection[str]:
        """The keys that open, the current one among them."""

    def wrap(self, secret: bytes, context: bytes) -> tuple[str, bytes]:
        """Return the current id and the wrapped secret, never the same twice. It opens with this context."""

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`. Raises UnknownKeyError, or SealError if the three do not belong together."""


def key_manager() -> KeyManager:
    """The key manager that the settings name in KEY_MANAGER."""
    manager: KeyManager = import_string(settings.KEY_MANAGER).from_settings()
    return manager


def text_seal(text: str, context: bytes) -> str:
    """A short secret as it may lie in a row: "id of the key:base64". It opens with the same context only."""
    key_id, wrapped = key_manager().wrap(text.encode(), context)
    return f"{key_id}:{base64.b64encode(wrapped).decode()}"


def text_open(sealed: str, context: bytes) -> str:
    """Undo `text_seal`. Raises UnknownKeyError or SealError as `KeyManager.unwrap` does."""
    key_id, _, wrapped = sealed.partition(":")
    return key_manager().unwrap(key_id, base64.b64decode(wrapped), context).decode()


def text_rewrap(sealed: str, context: bytes) -> str:
    """The same secret under the current key. Raises as `text_open` does."""
    return text_seal(text_open(sealed, context), context)


class KeyRing:
    """Wraps short secrets with AES-256-GCM. `keys` maps ids to 32-byte keys; the first one wraps."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}

    @classmethod
    def from_settings(cls) -> Self:
        return cls(settings.PHOTO_KEYS)

    @property
    def current_id(self) -> str:
        return next(iter(self._ciphers))

    @property
    def key_ids(self) -> Collection[str]:
        return self._ciphers.keys()

    def wrap(self, secret: bytes, context: bytes) -> tuple[str, bytes]:
        """Return the id of the wrapping key and the wrapped secret; it opens with the same context only."""
        nonce = os.urandom(NONCE_BYTES)
        return self.current_id, nonce + self._ciphers[self.current_id].encrypt(nonce, secret, context)

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`. Raises UnknownKeyError, or SealError if context or bytes are not those wrapped."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKeyError(key_id)
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as error:
            raise SealError("The wrapped key does not fit its context.") from error
