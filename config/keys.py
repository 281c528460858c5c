"""Reading key material from the environment."""

import base64

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
KEY_ID_LENGTH = 32
"""What a row has room for."""


def parse_key(name: str, text: str) -> bytes:
    """Decode 32 bytes of standard base64. `name` is the variable to blame."""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be standard base64.") from error
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name} must hold {KEY_BYTES} bytes, not {len(key)}.")
    return key


def parse_key_ring(name: str, text: str) -> dict[str, bytes]:
    """Parse "k2:base64,k1:base64" into {id: key}, in order: the first wraps new data keys."""
    ring: dict[str, bytes] = {}
    for entry in text.split(","):
        key_id, colon, key = entry.strip().partition(":")
        if not (key_id and colon):
            raise ImproperlyConfigured(f"{name} must look like k2:base64,k1:base64.")
        if len(key_id) > KEY_ID_LENGTH:
            raise ImproperlyConfigured(f"{name}: the name of a key has at most {KEY_ID_LENGTH} characters.")
        if key_id in ring:
            raise ImproperlyConfigured(f"{name} names the key {key_id} twice.")
        ring[key_id] = parse_key(name, key)
    return ring
