"""Garments of a folder, as a merchant would add them: ZIP files with a list, dropped on a page of the admin.

FOLDER holds pictures of flat garments: in folders named after categories or kinds (`dress/`, `t-shirt/`), or
as `python -m ml unworn` leaves them (pairs.csv, cloth/), with a photo of somebody who wears each; or both.
"""

import csv
import io
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page

from . import once

KINDS = {
    "upper_body": "upper_body t-shirt shirt longsleeve outwear top hoodie jacket",
    "lower_body": "lower_body pants shorts skirt trousers jeans",
    "dresses": "dresses dress",
}
CATEGORY_OF = {kind: category for category, kinds in KINDS.items() for kind in kinds.split()}
FOLDER = (
    "pictures of flat garments in folders named after kinds (dress, longsleeve, outwear, pants, shirt, "
    "shorts, skirt, t-shirt, ...), or pairs.csv with cloth/ as `python -m ml unworn` leaves them, "
    "or both"
)
"""What the folder has to hold, for people."""
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
MOST = 150
"""Pictures of one import; the shop takes 200."""
PATIENCE = 3600
"""Seconds that an import may take to be looked at."""


class Found(NamedTuple):
    """A garment's picture, and a photo of somebody who wears it, if there is one."""

    category: str
    picture: Path
    worn: Path | None = None


def garments(folder: Path, count: int) -> Iterator[Found]:
    """At most `count` garments of each kind."""
    if (folder / "pairs.csv").is_file():
        taken: Counter[str] = Counter()
        with (folder / "pairs.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                taken[row["category"]] += 1
                if taken[row["category"]] <= count:
                    yield Found(row["category"], folder / row["cloth"], folder / row["person"])
    for kind in sorted(path for path in folder.iterdir() if path.name in CATEGORY_OF):
        pictures = sorted(path for path in kind.iterdir() if path.suffix.lower() in SUFFIXES)
        yield from (Found(CATEGORY_OF[kind.name], picture) for picture in pictures[:count])


def packed(found: list[Found]) -> bytes:
    """A ZIP file with the pictures and a list of them, in this order."""
    target, table = io.BytesIO(), io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["file", "name", "category"])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for number, each in enumerate(found):
            name = f"{number}{each.picture.suffix.lower()}"
            archive.write(each.picture, name)
            rows.writerow([name, f"{each.picture.parent.name} {each.picture.stem}"[:120], each.category])
        archive.writestr("garments.csv", table.getvalue())
    return target.getvalue()


def import_garments(page: Page, url: str, found: list[Found]) -> dict[str, Any]:
    """Add them in as many imports as it takes, and the photos of those that were added. Returns counts.

    Raises OnceError when an import does not come to its end.
    """
    refused: Counter[str] = Counter()
    added: dict[Path, str] = {}
    photos: dict[Path, str] = {}
    batches = [found[start : start + MOST] for start in range(0, len(found), MOST)]
    for part in batches:
        _send(page, url, part)
        for position, verdict, garment in _added(page):
            if not garment:
                refused[verdict] += 1
                continue
            added[part[position].picture] = garment
            if worn := part[position].worn:
                photos.setdefault(worn, garment)
    for photo, garment in photos.items():
        _add_photo(page, url, photo, garment)
    return {
        "imports": len(batches),
        "pictures": len(found),
        "added": len(added),
        "refused": dict(refused),
        "photos": len(photos),
    }


def _send(page: Page, url: str, found: list[Found]) -> None:
    """Drop a ZIP file on the page, and wait until all in it is looked at."""
    page.goto(f"{url}/admin/tryon/garmentimport/add/")
    with tempfile.NamedTemporaryFile(suffix=".zip") as archive:
        archive.write(packed(found))
        archive.flush()
        page.set_input_files("[data-import-input]", archive.name)
        page.click("[data-import-send]")
        page.wait_for_url(re.compile(r"/garmentimport/[0-9a-f-]{36}/"))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        state = page.request.get(page.url.partition("change/")[0] + "status/").json()
        if state["done"]:
            return
        time.sleep(5)
    raise once.OnceError("the pictures were not looked at in time")


def _added(page: Page) -> list[tuple[int, str, str]]:
    """Add all that may be added; of each picture the position, verdict, and id of the garment it became."""
    page.reload()
    if page.locator("[data-item] [name$=-chosen]").count():
        page.click("form.at-card .at-sticky button")
        page.wait_for_load_state()
    items = page.locator(".at-item[data-item]").evaluate_all(
        "items => items.map(i => [i.dataset.item, i.dataset.verdict, i.querySelector('a')?.href ?? ''])"
    )
    ids = (re.search(r"garment/([0-9a-f-]{36})/", link) for _, _, link in items)
    return [
        (int(position), verdict, match[1] if match else "")
        for (position, verdict, _), match in zip(items, ids, strict=True)
    ]


def _add_photo(page: Page, url: str, photo: Path, garment: str) -> None:
    page.goto(f"{url}/admin/tryon/trainingsample/add/")
    page.set_input_files("input[name=picture]", str(photo))
    page.locator("select[name=garment]").select_option(garment, force=True)
    page.fill("[name=licence_note]", "Demonstration")
    page.click("[name=_save]")
    if page.url.endswith("/add/"):
        print(f"{photo.name} was not taken: {page.locator('.errorlist').all_inner_texts()}", file=sys.stderr)
