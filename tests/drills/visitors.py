"""Shoppers who come by HTTP, each from an address of their own, as many as a drill needs."""

import ipaddress
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests

from config import once

from .stack import Stack


@dataclass
class Visitor:
    """A guest with a photo. `submit` may be repeated with the same key."""

    client: once.Client
    photo: dict[str, Any] = field(default_factory=dict)

    def send_photo(self) -> requests.Response:
        """Send another photo, which later try-ons are for; whatever the answer is."""
        answer = self.client.session.post(
            f"{self.client.url}/api/v1/photos/", files={"image": once.sample_photo()}, timeout=60
        )
        self.photo = answer.json() if answer.ok else self.photo
        return answer

    def submit(self, garment_id: str, key: str) -> requests.Response:
        """Ask for a try-on; whatever the answer is. Raises requests.RequestException if there is none.

        Each time from another address, so that no throttle spares the service a drill.
        """
        self.client.session.headers["X-Forwarded-For"] = str(next(_addresses))
        return self.client.session.post(
            f"{self.client.url}/api/v1/tryons/",
            json={"photo": self.photo["id"], "garments": [garment_id]},
            headers={"Idempotency-Key": key},
            timeout=60,
        )


def new_key() -> str:
    """An Idempotency-Key that nobody has used."""
    return uuid.uuid4().hex


_addresses = ipaddress.ip_network("10.0.0.0/8").hosts()


def new_address() -> str:
    """An address that no visitor has had."""
    return str(next(_addresses))


def visitor(stack: Stack) -> Visitor:
    """A guest who agrees and sends the sample photo, not checked yet."""
    client = once.Client(stack.url)
    client.session.headers["X-Forwarded-For"] = new_address()
    version = client.json("GET", "consents/")["version"]
    client.json("POST", "consents/", json={"purpose": "tryon", "version": version})
    guest = Visitor(client)
    guest.send_photo().raise_for_status()
    return guest
