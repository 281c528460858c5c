"""A merchant at the admin, by a browser: `python -m config.retrain_client URL REPORT FOLDER --minutes N ...`.

Imports the garments of FOLDER (`config.retrain_import`), waits until they are prepared, starts a retraining,
watches it while try-ons go on, compares, promotes, sees a try-on name the new version, rolls back, and reads
the audit trail. The report is one JSON object; a table goes to standard error.
"""

import argparse
import json
import re
import shutil
import statistics
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from . import once, retrain_import

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TRIED, IDLE_TRYONS, BUSY_TRYONS = 3, 5, 9
"""Garments that are tried on in turn, and how often; a guest has 20 try-ons a day."""
BEGUN, SPREAD = 0.1, 0.7
"""From when on, and for how long, as shares of the run, try-ons are timed: while it trains."""
MOST_RATIO = 2.5
"""How much slower a try-on may be while a training runs."""
UNFINISHED = ("queued", "running")
PATIENCE = 2 * 3600
"""Seconds that garments and photos may take to be prepared."""
PAGE_SECONDS = 120
LIST_PAGE = 100
"""Rows on a page of a list of the admin."""
COLUMNS = ("hold_out", "measure", "in_service", "candidate", "difference", "interval", "pairs", "verdict")
ENDED = {"succeeded", "failed", "cancelled", "expired"}


class Merchant:
    """A browser at the admin, and pictures of what it saw."""

    def __init__(self, page: Page, url: str, pictures: Path | None) -> None:
        self.page, self.url, self._pictures = page, url, pictures

    def log_in(self) -> None:
        self.page.goto(f"{self.url}/admin/")
        self.page.fill("input[name=login]", "admin")
        self.page.fill("input[name=password]", "admin-demo")
        self.page.click("form[action*=login] button[type=submit]")
        self.page.wait_for_url("**/admin/")

    def picture(self, name: str) -> None:
        if self._pictures:
            self._pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(self._pictures / f"{name}.png"), full_page=True)

    def start(self, minutes: float) -> None:
        """Raises OnceError when the page does not lead to the run."""
        self.page.goto(f"{self.url}/admin/tryon/trainingrun/add/")
        self.page.fill("input[name=minutes]", str(minutes))
        self.picture("start")
        self.page.click("button[name=_save], input[name=_save]")
        if not self.page.locator("#training").count():
            raise once.OnceError(
                f"the training did not start: {self.page.locator('main').inner_text()[:300]}"
            )

    def progress(self) -> dict[str, Any]:
        """What the page's script is told."""
        answer = self.page.request.get(self.url + str(self.page.get_attribute("#training", "data-url")))
        found: dict[str, Any] = answer.json()
        return found

    def confirm(self) -> None:
        self.page.click("form[method=post] button:has-text('Yes, do it')")


def main() -> int:
    """Write the report; the exit code says how it went."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("report", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--pictures", type=Path)
    arguments = parser.parse_args()
    report: dict[str, Any] = {"status": "failed"}
    try:
        if not once.wait_until_ready(arguments.url):
            raise once.OnceError("the service did not become ready")
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(1000 * PAGE_SECONDS)
            _walk(Merchant(page, arguments.url, arguments.pictures), arguments, report)
            browser.close()
        report["status"] = "succeeded" if report["ratio"] <= MOST_RATIO else "too slow"
    except Exception as error:  # whatever it is, the caller gets the report
        traceback.print_exc()
        report["error"] = f"{type(error).__name__}: {error}"
    arguments.report.write_text(json.dumps(report))
    print(table(report), file=sys.stderr, flush=True)
    return 0 if report["status"] == "succeeded" else 1


def _walk(merchant: Merchant, arguments: argparse.Namespace, report: dict[str, Any]) -> None:
    merchant.log_in()
    found = list(retrain_import.garments(arguments.folder, arguments.count))
    report["import"] = retrain_import.import_garments(merchant.page, merchant.url, found)
    print(f"imported: {report['import']}", file=sys.stderr, flush=True)
    report["garments"], report["samples"] = _prepared(merchant)
    shopper = once.Client(arguments.url)
    photo = once.send_photo(shopper, once.sample_photo())
    garments = shopper.json("GET", "garments/", params={"category": "upper_body"})["results"][:TRIED]

    def try_on(index: int) -> tuple[float, str]:
        return _seconds(shopper, photo, garments[index % len(garments)])

    for index in range(len(garments)):
        try_on(index)  # The first time a worker reads the garment.
    idle = [try_on(index) for index in range(IDLE_TRYONS)]
    report["idle_seconds"] = round(statistics.median(each for each, _ in idle), 2)
    report["version_before"] = idle[-1][1]
    merchant.start(arguments.minutes)
    deadline = time.monotonic() + 60 * arguments.minutes + PATIENCE
    _watch(merchant, lambda index: try_on(index)[0], deadline, report)
    _compare(merchant, report)
    merchant.page.click("a[data-deed=promote]")
    if merchant.page.locator("[name=override_reason]").count():
        merchant.page.fill("[name=override_reason]", "A demonstration: it is rolled back at once.")
    merchant.picture("promote")
    merchant.confirm()
    report["version_promoted"] = try_on(0)[1]
    merchant.page.goto(f"{merchant.url}/admin/tryon/modelversion/")
    merchant.picture("versions")
    merchant.page.click("a[href*=roll-back], a[href*=roll_back]")
    merchant.confirm()
    report["version_after"] = try_on(0)[1]
    report["audit"] = _audit(merchant)
    if (
        report["version_promoted"] != report["candidate"]
        or report["version_after"] != report["version_before"]
    ):
        raise once.OnceError("the try-ons do not name the versions that should have made them")


def _prepared(merchant: Merchant) -> tuple[int, int]:
    """Wait until no garment and no photo is waiting; returns how many of each are ready."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        waiting = sum(_count(merchant, status) for status in UNFINISHED)
        if not waiting and not (waiting := sum(_samples(merchant, status) for status in UNFINISHED)):
            return _count(merchant, "succeeded"), _samples(merchant, "succeeded")
        print(f"{waiting} garments or photos are to be prepared", file=sys.stderr, flush=True)
        time.sleep(10)
    raise once.OnceError("garments and photos were not prepared in time")


def _count(merchant: Merchant, status: str) -> int:
    found, address = 0, f"{merchant.url}/api/v1/garments/?page_size=200&status={status}"
    while address:
        page = merchant.page.request.get(address).json()
        found, address = found + len(page["results"]), page["next"]
    return found


def _samples(merchant: Merchant, status: str) -> int:
    """Photos of people in the admin's list."""
    return len(_rows(merchant, f"trainingsample/?status__exact={status}&", "created_at"))


def _rows(merchant: Merchant, address: str, *columns: str) -> list[list[str]]:
    """The texts of `columns` in all pages of a list of the admin."""
    found: list[list[str]] = []
    for number in count(1):
        page = merchant.page.request.get(f"{merchant.url}/admin/tryon/{address}p={number}")
        if page.url.endswith("e=1"):  # Django's answer to a page that is not there
            return found
        _, _, table = page.text().partition('id="result_list"')
        cells = [re.findall(rf"field-{name}\b[^>]*>(.*?)</t[dh]>", table, re.S) for name in columns]
        texts = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in column] for column in cells]
        rows = [list(row) for row in zip(*texts, strict=True)]
        found += rows
        if len(rows) < LIST_PAGE:
            return found
    raise AssertionError


def _audit(merchant: Merchant) -> dict[str, int]:
    """Entries of the audit trail by what was done to what."""
    merchant.page.goto(f"{merchant.url}/admin/tryon/auditentry/")
    merchant.picture("audit")
    found = _rows(merchant, "auditentry/?", "action", "object_kind")
    return dict(Counter(f"{kind} {action}".lower() for action, kind in found))


def _seconds(shopper: once.Client, photo: dict[str, Any], garment: dict[str, Any]) -> tuple[float, str]:
    """How long a try-on takes, and the version that made it."""
    begin = time.monotonic()
    job = once.wait_for(shopper, once.submit(shopper, photo, garment))
    return time.monotonic() - begin, job["model_version"]


def _watch(
    merchant: Merchant, try_on: Callable[[int], float], deadline: float, report: dict[str, Any]
) -> None:
    """Try garments on all through the training, and wait for its end. Raises OnceError after `deadline`."""
    busy: list[float] = []
    begin = time.monotonic()
    while (state := merchant.progress())["status"] not in ENDED:
        if time.monotonic() > deadline:
            raise once.OnceError(f"the training is still {state['status']}, {state['stage'] or 'not begun'}")
        due = BEGUN + SPREAD * len(busy) / BUSY_TRYONS
        if state["stage"] == "training" and len(busy) < BUSY_TRYONS and state["progress"] >= due:
            busy.append(try_on(len(busy)))
            if len(busy) == BUSY_TRYONS // 2:
                merchant.picture("run")
        print(f"{state['progress']:4.0%} {state['stage']} step {state['step']}", file=sys.stderr, flush=True)
        time.sleep(5)
    merchant.page.reload()
    merchant.page.wait_for_timeout(1000)
    merchant.picture("ended")
    if state["status"] != "succeeded":
        raise once.OnceError(f"the training ended as {state['status']}: {state['error']}")
    if not busy:
        raise once.OnceError("the training was over before a try-on could be timed")
    first, last = (sum(point[1] for point in part) / len(part) for part in _ends(state["curve"]))
    report |= {
        "training_seconds": round(time.monotonic() - begin),
        "steps": state["step"],
        "error_px_first": round(first, 2),
        "error_px_last": round(last, 2),
        "busy_seconds": round(statistics.median(busy), 2),
    }
    report["ratio"] = round(report["busy_seconds"] / report["idle_seconds"], 2)


def _ends(curve: list[list[float]]) -> tuple[list[list[float]], list[list[float]]]:
    """The first and the last tenth of a curve."""
    part = max(1, len(curve) // 10)
    return curve[:part], curve[-part:]


def _compare(merchant: Merchant, report: dict[str, Any]) -> None:
    merchant.page.click("a[data-deed=compare]")
    merchant.page.wait_for_load_state("networkidle")
    merchant.picture("comparison")
    report["verdict"] = merchant.page.get_attribute(".training-verdict", "data-verdict")
    report["why"] = merchant.page.locator(".training-verdict + p").inner_text()
    rows = merchant.page.locator(".training-table tbody tr").all()
    report["comparison"] = [
        dict(zip(COLUMNS, row.locator("td").all_inner_texts(), strict=False)) for row in rows
    ]
    report["candidate"] = merchant.page.title().partition(" |")[0].strip()


def table(report: dict[str, Any]) -> str:
    """The report for people."""
    return "\n".join(f"{name.replace('_', ' '):<20} {value}" for name, value in report.items())


if __name__ == "__main__":
    sys.exit(main())
