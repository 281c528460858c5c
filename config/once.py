"""One try-on through HTTP, as a browser would do it: `python -m config.once URL REPORT`.

Consents, uploads a shipped sample photo, waits for its check, submits a try-on, polls, downloads the picture
and compares it with the stored photo. What may differ is asked from `python -m ml tryon`, which prints the
mask for the same pair. The report is one JSON object; the exit code is 0 for success.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import requests
from PIL import Image, ImageChops

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "shop" / "sample"
DONE = {"succeeded", "failed", "cancelled", "expired"}
PATIENCE = 600.0
"""Seconds to wait for anything: small machines are slow, and a worker's first try-on loads the models."""
LEAST_CHANGE = 0.01
"""Share of the photo's pixels that a garment changes at least."""


class OnceError(Exception):
    """The try-on did not succeed; the message says where."""


@dataclass
class Report:
    """What happened. `changed` and `mask` are shares of the photo, `changed_outside_mask` is a count."""

    status: str
    seconds: float
    result: str | None = None
    error: str | None = None
    garment: str | None = None
    confidence: float | None = None
    model_version: str | None = None
    changed: float | None = None
    mask: float | None = None
    changed_outside_mask: int | None = None


class Client:
    """A guest's browser: cookies, the CSRF header, JSON. Raises OnceError for any answer that is an error."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy between us and ourselves
        self.ask("GET", "/accounts/login/")
        self.session.headers["X-CSRFToken"] = str(self.session.cookies["csrftoken"])
        self.session.headers["Referer"] = url

    def json(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        """Call the API and return the object it answers."""
        answer: dict[str, Any] = self.ask(method, f"/api/v1/{path}", **arguments).json()
        return answer

    def content(self, path: str) -> bytes:
        """Download what lies at `path`."""
        return self.ask("GET", path).content

    def ask(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Send a request, as of the library `requests`, and return the answer."""
        response = self.session.request(method, self.url + path, timeout=60, **arguments)
        if not response.ok:
            raise OnceError(f"{method} {path}: {response.status_code} {response.text[:300]}")
        return response


def wait_until_ready(url: str, seconds: float = PATIENCE) -> bool:
    """Poll /readyz until it answers 200. Tells whether it did in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{url}/readyz", timeout=5).ok:
                return True
        except requests.RequestException:
            pass  # not listening yet, or too busy
        time.sleep(0.2)
    return False


def poll(fetch: Callable[[], dict[str, Any]], seconds: float = PATIENCE) -> dict[str, Any]:
    """Fetch until `status` is final and return the last answer. Raises OnceError on failure or time-out."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = fetch()
        if answer["status"] == "succeeded":
            return answer
        if answer["status"] in DONE:
            raise OnceError(f"{answer['status']}: {answer['error']}")
        time.sleep(0.25)
    raise OnceError(f"still {answer['status']} after {seconds:.0f} s")


def sample_photo() -> bytes:
    """The first sample shopper that ships with the catalogue."""
    shopper = json.loads((SAMPLE / "catalogue.json").read_text(encoding="utf-8"))["shoppers"][0]
    return (SAMPLE / shopper["image"]).read_bytes()


def send_photo(client: Client, content: bytes) -> dict[str, Any]:
    """Consent, upload, and wait until the photo is checked. Returns the photo."""
    version = client.json("GET", "consents/")["version"]
    client.json("POST", "consents/", json={"purpose": "tryon", "version": version})
    photo = client.json("POST", "photos/", files={"image": content})
    return poll(lambda: client.json("GET", f"photos/{photo['id']}/"))


def ready_garment(client: Client, seconds: float = PATIENCE) -> dict[str, Any]:
    """The first top of the catalogue, as soon as one is prepared. Raises OnceError if none is in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found: list[dict[str, Any]] = client.json("GET", "garments/", params={"category": "upper_body"})[
            "results"
        ]
        if found:
            return found[0]
        time.sleep(0.5)
    raise OnceError(f"no garment was prepared in {seconds:.0f} s")


def submit(client: Client, photo: dict[str, Any], garment: dict[str, Any]) -> dict[str, Any]:
    """Ask for the picture. Returns the queued try-on."""
    return client.json(
        "POST",
        "tryons/",
        json={"photo": photo["id"], "garments": [garment["id"]]},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def wait_for(client: Client, job: dict[str, Any], seconds: float = PATIENCE) -> dict[str, Any]:
    """Poll the try-on until it has succeeded, and return it."""
    return poll(lambda: client.json("GET", f"tryons/{job['id']}/"), seconds)


def try_on(client: Client, report: Report) -> None:
    """Walk the whole path and fill `report`. Raises OnceError where it ends."""
    photo = send_photo(client, sample_photo())
    garment = ready_garment(client)
    report.garment = garment["name"]
    job = wait_for(client, submit(client, photo, garment))
    report.confidence, report.model_version = job["confidence"], job["model_version"]
    result = client.content(job["result_url"])
    path = Path(os.environ.get("DATA_ROOT", ROOT / "var"), "once.png").resolve()
    path.write_bytes(result)
    report.result = str(path)
    compare(client.content(photo["image_url"]), client.content(garment["image_url"]), result, report)


def compare(photo: bytes, cloth: bytes, result: bytes, report: Report) -> None:
    """Count what changed, in all and outside the mask. Raises OnceError when the promise is broken."""
    before, after = (Image.open(io.BytesIO(content)).convert("RGB") for content in (photo, result))
    if before.size != after.size:
        raise OnceError(f"the result is {after.size}, the photo {before.size}")
    mask = edit_mask(photo, cloth)
    bands = ImageChops.difference(before, after).split()
    changed = ImageChops.lighter(ImageChops.lighter(*bands[:2]), bands[2]).point(
        lambda value: 255 * (value > 0)
    )
    outside = ImageChops.multiply(changed, ImageChops.invert(mask))
    pixels = before.width * before.height
    report.changed = round(changed.histogram()[255] / pixels, 4)
    report.mask = round(mask.histogram()[255] / pixels, 4)
    report.changed_outside_mask = pixels - outside.histogram()[0]
    if report.changed < LEAST_CHANGE:
        raise OnceError("the result is the photo, unchanged")
    if report.changed_outside_mask:
        raise OnceError("pixels outside the mask have changed")


def edit_mask(photo: bytes, cloth: bytes) -> Image.Image:
    """The mask (255 where pixels may change) that the command line gives for the same pair."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder, name) for name in ("person.jpg", "cloth.jpg", "out.png", "mask.png")}
        paths["person.jpg"].write_bytes(photo)
        paths["cloth.jpg"].write_bytes(cloth)
        person, garment, out, mask = map(str, paths.values())
        command = [sys.executable, "-m", "ml", "tryon", person, garment, "--category", "upper_body"]
        subprocess.run([*command, "--output", out, "--save-mask", mask], check=True, cwd=ROOT)
        return Image.open(mask).convert("L").point(lambda value: 255 * (value > 127))


def main() -> int:
    """Write the report to the file named second on the command line; the exit code says how it went."""
    url, path = sys.argv[1:]
    started = time.monotonic()
    report = Report(status="failed", seconds=0.0)
    try:
        if not wait_until_ready(url):
            raise OnceError("the service did not become ready")
        try_on(Client(url), report)
        report.status = "succeeded"
    except Exception as error:  # whatever it is, the caller gets the report
        traceback.print_exc()
        report.error = f"{type(error).__name__}: {error}"
    report.seconds = round(time.monotonic() - started, 2)
    Path(path).write_text(json.dumps(asdict(report)))
    return 0 if report.status == "succeeded" else 1


if __name__ == "__main__":
    sys.exit(main())
