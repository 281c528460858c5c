"""Secrets for a shop on one's own machine: made once, kept in a file readable by its owner alone."""

import base64
import os
import secrets
from pathlib import Path

from .keys import KEY_BYTES

VAR = Path(__file__).resolve().parent.parent / "var"


def random_key() -> str:
    """32 random bytes in base64, as PHOTO_KEYS and RECEIPT_KEY want them."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def write_secrets(folder: Path = VAR) -> bool:
    """Write fresh secrets to demo.env in `folder` (mode 0600) unless it exists. Tells whether it wrote."""
    path = folder / "demo.env"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(f"SECRET_KEY={secrets.token_urlsafe(50)}\n")
        file.write(f"PHOTO_KEYS=k1:{random_key()}\nRECEIPT_KEY={random_key()}\n")
    return True


if __name__ == "__main__":
    write_secrets()
