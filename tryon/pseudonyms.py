"""Keys for one purpose each, made from RECEIPT_KEY, and names of people that tell nothing to others.

A pseudonym is a keyed hash: we can say whether a record is about a given shopper, nobody can go from the
record to the shopper, and once the shopper is erased nobody has an id left to try.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES = 32


def derived_key(purpose: str) -> bytes:
    """32 bytes for `purpose` alone, by HKDF-SHA256 (RFC 5869): none of them tells anything of another."""
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"tryon|{purpose}|1".encode())
    return hkdf.derive(settings.RECEIPT_KEY)


def signature(purpose: str, data: bytes) -> str:
    """HMAC-SHA256 of `data` by the key for `purpose`, in hexadecimal."""
    return hmac.new(derived_key(purpose), data, hashlib.sha256).hexdigest()


def shopper_pseudonym(shopper_id: object) -> str:
    """64 characters that stand for the shopper with this id, always the same."""
    return signature("pseudonym", f"shopper|{shopper_id}".encode())


def account_pseudonym(user_id: object) -> str:
    """64 characters that stand for the account with this id, always the same."""
    return signature("pseudonym", f"account|{user_id}".encode())
