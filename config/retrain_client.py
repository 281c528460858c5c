"""A merchant at the admin, by a browser: `python -m config.retrain_client URL REPORT --minutes N ...`.

Waits until the garments are prepared, starts a retraining, watches it while try-ons go on, compares,
promotes, sees a try-on name the new version, and rolls back. The report is one JSON object; a table goes to
standard error.
"""

import argparse
import json
import re
import shutil
import statistics
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from . import once

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
IDLE_TRYONS, BUSY_TRYONS = 5, 5
MOST_RATIO = 2.5
"""How much slower a try-on may be while a training runs."""
UNFINISHED = ("queued", "running")
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
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--garments", type=int, required=True)
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
    shopper = once.Client(arguments.url)
    report["garments"] = _prepared(merchant, arguments.garments)
    photo = once.send_photo(shopper, once.sample_photo())
    garments = shopper.json("GET", "garments/", params={"category": "upper_body"})["results"]
    _seconds(shopper, photo, garments[0])  # The first one loads and analyses.
    idle = [_seconds(shopper, photo, each) for each in _in_turn(garments, IDLE_TRYONS)]
    report["idle_seconds"] = round(statistics.median(each for each, _ in idle), 2)
    report["version_before"] = idle[-1][1]
    merchant.start(arguments.minutes)
    _watch(merchant, shopper, photo, garments, report)
    _compare(merchant, report)
    merchant.page.click("a[data-deed=promote]")
    if merchant.page.locator("[name=override_reason]").count():
        merchant.page.fill("[name=override_reason]", "A demonstration: it is rolled back at once.")
    merchant.picture("promote")
    merchant.confirm()
    report["version_promoted"] = _seconds(shopper, photo, garments[0])[1]
    merchant.page.goto(f"{merchant.url}/admin/tryon/modelversion/")
    merchant.picture("versions")
    merchant.page.click("a[href*=roll-back], a[href*=roll_back]")
    merchant.confirm()
    report["version_after"] = _seconds(shopper, photo, garments[0])[1]
    if (
        report["version_promoted"] != report["candidate"]
        or report["version_after"] != report["version_before"]
    ):
        raise once.OnceError("the try-ons do not name the versions that should have made them")


def _prepared(merchant: Merchant, expected: int, seconds: float = 3600) -> int:
    """Wait until no garment is waiting; returns how many are ready."""
    merchant.log_in()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        waiting = [_count(merchant, status) for status in UNFINISHED]
        samples = [_samples(merchant, status) for status in UNFINISHED]
        if not any(waiting + samples):
            return _count(merchant, "succeeded")
        text = f"{sum(waiting)} of {expected} garments are to be prepared, and {sum(samples)} samples or more"
        print(text, file=sys.stderr, flush=True)
        time.sleep(10)
    raise once.OnceError("the garments were not prepared in time")


def _count(merchant: Merchant, status: str) -> int:
    found, address = 0, f"{merchant.url}/api/v1/garments/?page_size=200&status={status}"
    while address:
        page = merchant.page.request.get(address).json()
        found, address = found + len(page["results"]), page["next"]
    return found


def _samples(merchant: Merchant, status: str) -> int:
    """Samples on the first page of the admin's list."""
    page = merchant.page.request.get(
        f"{merchant.url}/admin/tryon/trainingsample/", params={"status__exact": status}
    )
    _, _, rows = page.text().partition('id="result_list"')
    return len(set(re.findall(r"/admin/tryon/trainingsample/([0-9a-f-]{36})/", rows)))


def _in_turn(garments: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return [garments[index % len(garments)] for index in range(1, count + 1)]


def _seconds(shopper: once.Client, photo: dict[str, Any], garment: dict[str, Any]) -> tuple[float, str]:
    """How long a try-on takes, and the version that made it."""
    begin = time.monotonic()
    job = once.wait_for(shopper, once.submit(shopper, photo, garment))
    return time.monotonic() - begin, job["model_version"]


def _watch(
    merchant: Merchant,
    shopper: once.Client,
    photo: dict[str, Any],
    garments: list[dict[str, Any]],
    report: dict[str, Any],
) -> None:
    """Try garments on in the middle of the training, and wait for its end."""
    busy: list[float] = []
    begin = time.monotonic()
    while (state := merchant.progress())["status"] not in ENDED:
        if state["stage"] == "training" and len(busy) < BUSY_TRYONS:
            busy.append(_seconds(shopper, photo, _in_turn(garments, BUSY_TRYONS)[len(busy)])[0])
            if len(busy) == BUSY_TRYONS:
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
    report["candidate"] = merchant.page.title().partition(" |")[0].strip()


def table(report: dict[str, Any]) -> str:
    """The report for people."""
    return "\n".join(f"{name.replace('_', ' '):<20} {value}" for name, value in report.items())


if __name__ == "__main__":
    sys.exit(main())
