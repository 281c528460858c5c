"""The keys that wrap data keys. Rotation: put a new key first; the old ones still open what they wrapped.

A photo lives for a day and a result for three, so an old key may leave the ring once nothing is wrapped by it
any more (`manage.py verify` counts the objects of each key). No picture is ever encrypted again.
"""

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class SealError(Exception):
    """Ciphertext, wrapped key and the row that describes them do not belong together: damage or tampering."""


class KeyRing:
    """Wraps short secrets with AES-256-GCM. `keys` maps ids to 32-byte keys; the first one wraps."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}

    @classmethod
    def from_settings(cls) -> "KeyRing":
        return cls(settings.PHOTO_KEYS)

    def wrap(self, secret: bytes, context: bytes) -> tuple[str, bytes]:
        """Return the id of the wrapping key and the wrapped secret; it opens with the same context only."""
        key_id, cipher = next(iter(self._ciphers.items()))
        nonce = os.urandom(NONCE_BYTES)
        return key_id, nonce + cipher.encrypt(nonce, secret, context)

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`. Raises SealError if key, context or wrapped bytes are not those of the wrapping."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealError(f"The key ring holds no key {key_id!r}.")
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as error:
            raise SealError("The wrapped key does not fit its context.") from error
