"""`script/drill canary`: marked photos go every way that a photo can go; then everything at rest is searched.

The ways: an upload, a try-on, a photo that is refused, a worker killed with a photo in its hands, a try-on
that fails with one, a picture that staff add, samples of both to train on, a retraining with these, an
export, and every kind of page of the admin. What is searched, and for what: `tests.drills.needles`. At the
end all is erased, and nothing may be left.
"""

import base64
import io
import json
import secrets
import signal
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from PIL import Image

from config import once

from .engine import wait_until
from .needles import patterns, search, slices
from .report import Report
from .stack import COMMANDS, Stack, running_stack
from .staff import add_sample, retrain, signed_in, walk

LEASE_SECONDS = 600
"""Long, since a try-on may take long on a slow machine that does much else."""


def main() -> int:
    """Run the drill and return its exit code."""
    variables = {"LOG_LEVEL": "DEBUG", "TRYON_LEASE_SECONDS": str(LEASE_SECONDS), "TRAINER": "real"}
    with running_stack("web", "worker", "beat", **variables) as stack:
        stack.commands["trainer"] = COMMANDS["trainer"].replace(
            "--app config", "--app tests.workers.training_app"
        )
        return drill(stack)


def drill(stack: Stack) -> int:
    """Send photos every way, search, erase them, and search for what should be gone."""
    report = Report("canary")
    client, staff = once.Client(stack.url), signed_in(stack.url)
    markers = {name: f"CANARY-{secrets.token_hex(12)}" for name in ("photo", "refused", "added")}
    upload, refused = marked(shopper(0), markers["photo"]), marked(noise(), markers["refused"])
    added = marked(shopper(1), markers["added"])
    agree_to_training(client)
    photo = once.send_photo(client, upload)
    garments = ready_garments(staff)
    job = once.wait_for(client, once.submit(client, photo, garments[0]))
    stored = client.content(photo["image_url"])
    report.check(markers["photo"].encode() not in stored, "the stored photo has lost the upload's metadata")
    contents = {
        "upload": upload,
        "photo": stored,
        "pixels": np.asarray(Image.open(io.BytesIO(stored))).tobytes(),
        "analysis": kept(client, "analyses"),
        "sample": made(lambda: kept(client, "samples")),
        "result": client.content(job["result_url"]),
        "refused": refused,
        "added": added,
    }
    refuse(client, refused, report)
    contents["result after a kill"] = kill(stack, client, photo, garments[1], report)
    fail(stack, client, photo, garments[2], report)
    sample = add_sample(stack, staff, added, garments[0], report)
    retrain(stack, staff, report)
    walk(staff, report)
    needles = {f"marker of {name}": marker.encode() for name, marker in markers.items()}
    for name, content in contents.items():
        needles |= slices(name, content)
    judge(stack, needles, stored, report)
    sealed = sealed_kinds(stack)
    expected = {"analysis": 1, "photo": 2, "result": 2, "sample": 2}
    report.check(sealed == expected, f"sealed objects: {sealed}")
    for each in client.json("GET", "photos/")["results"]:
        client.json("DELETE", f"photos/{each['id']}/")
    staff.ask("POST", f"/admin/tryon/trainingsample/{sample}/delete/", data={"post": "yes"})
    files = sum(path.is_file() for path in (stack.folder / "private").rglob("*"))
    report.check(files == 0, f"sealed files after the erasure: {files}")
    report.check(not sealed_kinds(stack), "no key is left in the database")
    return report.finish()


def judge(stack: Stack, needles: dict[str, bytes], stored: bytes, report: Report) -> None:
    """Search for the needles, and for a photo that is planted for it."""
    report.check(len(needles) > 150, f"{len(needles)} needles")
    wanted = patterns(needles)
    planted = stack.folder / "tmp" / "planted"
    planted.write_bytes(base64.b64encode(b"x" + stored))
    found = search(stack, wanted)
    planted.unlink()
    report.check(
        any(place == str(planted) for place, _ in found), "the search finds a photo planted in base64"
    )
    leaks = [(place, name) for place, name in found if place != str(planted)]
    for place, name in leaks:
        report.check(False, f"{name} found in {place}")
    report.check(not leaks, f"{len(leaks)} finds of {len(wanted)} patterns elsewhere")


def refuse(client: once.Client, content: bytes, report: Report) -> None:
    """A picture of nobody is refused."""
    try:
        once.send_photo(client, content)
        report.check(False, "a picture of nobody was taken")
    except once.OnceError as error:
        report.check("no_person" in str(error), f"a picture of nobody: {error}")


def kill(
    stack: Stack, client: once.Client, photo: dict[str, str], garment: dict[str, str], report: Report
) -> bytes:
    """The worker is killed while it holds the photo; another makes the picture, which is returned."""
    job = once.submit(client, photo, garment)
    query = "SELECT stage FROM tryon_tryonjob WHERE id = %s"
    while not stack.rows(query, job["id"])[0]["stage"]:
        time.sleep(0.005)
    stack.stop("worker", signal.SIGKILL)
    # As if its lease had passed.
    stack.execute("UPDATE tryon_tryonjob SET lease_until = now() WHERE id = %s", job["id"])
    stack.start("worker")
    done = once.wait_for(client, job)
    attempts = stack.rows("SELECT attempts FROM tryon_tryonjob WHERE id = %s", job["id"])[0]["attempts"]
    report.check(attempts == 2, f"a worker killed with the photo in its hands: attempts {attempts}")
    return client.content(done["result_url"])


def fail(
    stack: Stack, client: once.Client, photo: dict[str, str], garment: dict[str, str], report: Report
) -> None:
    """A try-on ends in an exception, three times, with the photo in memory: its garment's picture is gone."""
    name = stack.rows("SELECT image FROM tryon_garment WHERE id = %s", garment["id"])[0]["image"]
    picture = stack.folder / "public" / name
    content = picture.read_bytes()
    picture.unlink()
    try:
        once.wait_for(client, once.submit(client, photo, garment))
        report.check(False, "a try-on without the garment's picture succeeded")
    except once.OnceError as error:
        report.check("internal_error" in str(error), f"a try-on without the garment's picture: {error}")
    picture.write_bytes(content)


def ready_garments(staff: once.Client) -> list[dict[str, str]]:
    """Tops, as soon as the whole catalogue is prepared: a retraining needs garments of several kinds."""
    if not wait_until(lambda: not listed(staff, status="queued"), every=0.5):
        raise once.OnceError(f"the catalogue was not prepared in {once.PATIENCE:.0f} s")
    return listed(staff, status="succeeded", category="upper_body")


def listed(staff: once.Client, **filters: str) -> list[dict[str, str]]:
    """Garments as staff see them: those that are not ready too."""
    found: list[dict[str, str]] = staff.json("GET", "garments/", params=filters)["results"]
    return found


def agree_to_training(client: once.Client) -> None:
    """As a client of the API does that asks its shoppers for it."""
    version = client.json("GET", "consents/")["version"]
    client.json("POST", "consents/", json={"purpose": "training", "version": version})


def kept(client: once.Client, folder: str) -> bytes:
    """The one file of the folder in the owner's export. Raises ValueError while there is none."""
    with zipfile.ZipFile(io.BytesIO(client.content("/api/v1/me/export/"))) as export:
        (name,) = (name for name in export.namelist() if name.startswith(f"{folder}/"))
        return export.read(name)


def made(fetch: Callable[[], bytes]) -> bytes:
    """What `fetch` returns as soon as it raises no ValueError. Raises OnceError if it always does."""
    deadline = time.monotonic() + once.PATIENCE
    while time.monotonic() < deadline:
        with suppress(ValueError):
            return fetch()
        time.sleep(0.5)
    raise once.OnceError(f"not made after {once.PATIENCE:.0f} s")


def sealed_kinds(stack: Stack) -> dict[str, int]:
    """How many sealed objects of each kind there are."""
    rows = stack.rows("SELECT kind, count(*) FROM tryon_sealedobject GROUP BY kind ORDER BY kind")
    return {row["kind"]: row["count"] for row in rows}


def shopper(index: int) -> Image.Image:
    """A photo of one of the shoppers that ship with the catalogue."""
    people = json.loads((once.SAMPLE / "catalogue.json").read_text(encoding="utf-8"))["shoppers"]
    return Image.open(once.SAMPLE / people[index]["image"])


def noise() -> Image.Image:
    """A sharp picture of nobody."""
    dots = np.random.default_rng(1).integers(0, 256, (160, 120, 3), np.uint8)
    return Image.fromarray(dots).resize((960, 1280), Image.Resampling.NEAREST)


def marked(image: Image.Image, marker: str) -> bytes:
    """The image as a JPEG with the marker in its Exif description."""
    exif = Image.Exif()
    exif[0x010E] = marker  # ImageDescription
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
