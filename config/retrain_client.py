"""Staff at the admin, by a browser: `python -m config.retrain_client URL REPORT FOLDER --minutes N ...`.

A merchant imports the garments of FOLDER (`config.retrain_import`) and waits until they are prepared. A
trainer starts a retraining, watches it while try-ons go on, compares, promotes, sees a try-on name the new
version, and rolls back. A superuser, who alone may, reads the audit trail. The report is one JSON object; a
table goes to standard error. `shortfalls` says what makes the run a failure.
"""

import argparse
import json
import shutil
import statistics
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from . import once, retrain_import
from .retrain_staff import Staff

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
AUDITED = {
    "imported": ("garmentimport", "made", ""),
    "added": ("garmentimport", "changed", ""),
    "started": ("trainingrun", "made", ""),
    "compared": ("trainingrun", "changed", "compared: "),
    "promoted": ("modelversion", "model promoted", ""),
    "rolled back": ("modelversion", "model rolled back", ""),
}
"""What the audit trail has to know: kind of object, what was done, and how the note begins."""
TRAIL_SECONDS = 120
"""Entries are put into the trail by beat, now and then."""
COLUMNS = ("hold_out", "measure", "in_service", "candidate", "difference", "interval", "pairs", "verdict")
ENDED = {"succeeded", "failed", "cancelled", "expired"}


def main() -> int:
    """Write the report; the exit code says how it went."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("report", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--count", type=int, required=True)
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
            _walk(browser, arguments, report)
            browser.close()
        if missing := shortfalls(report, arguments.garments):
            raise once.OnceError("; ".join(missing))
        report["status"] = "succeeded"
    except Exception as error:  # whatever it is, the caller gets the report
        traceback.print_exc()
        report["error"] = f"{type(error).__name__}: {error}"
    arguments.report.write_text(json.dumps(report))
    print(table(report), file=sys.stderr, flush=True)
    return 0 if report["status"] == "succeeded" else 1


def _walk(browser: Browser, arguments: argparse.Namespace, report: dict[str, Any]) -> None:
    merchant, trainer = (
        Staff(browser, arguments.url, arguments.pictures, name) for name in ("merchant", "trainer")
    )
    found = list(retrain_import.garments(arguments.folder, arguments.count))
    report["import"] = retrain_import.import_garments(merchant.page, merchant.url, found)
    print(f"imported: {report['import']}", file=sys.stderr, flush=True)
    report["garments"], report["samples"] = _prepared(merchant)
    if report["garments"] < arguments.garments:
        return
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
    trainer.start(arguments.minutes)
    deadline = time.monotonic() + 60 * arguments.minutes + PATIENCE
    _watch(trainer, lambda index: try_on(index)[0], deadline, report)
    _compare(trainer, report)
    trainer.page.click("a[data-deed=promote]")
    if trainer.page.locator("[name=override_reason]").count():
        trainer.page.fill("[name=override_reason]", "A demonstration: it is rolled back at once.")
    trainer.picture("promote")
    trainer.confirm()
    report["version_promoted"] = try_on(0)[1]
    trainer.page.goto(f"{trainer.url}/admin/tryon/modelversion/")
    trainer.picture("versions")
    trainer.page.click("a[href*=roll-back], a[href*=roll_back]")
    trainer.confirm()
    report["version_after"] = try_on(0)[1]
    report["audit"] = _audit(Staff(browser, arguments.url, arguments.pictures, "admin"))


def shortfalls(report: dict[str, Any], garments: int) -> list[str]:
    """What a report lacks of what the demonstration claims; nothing more is looked at without garments."""
    if report["garments"] < garments:
        return [f"{report['garments']} garments are prepared, {garments} were asked for"]
    claims = {
        "the error did not fall": report["error_px_last"] < report["error_px_first"],
        f"try-ons took more than {MOST_RATIO} times as long": report["ratio"] <= MOST_RATIO,
        "the try-on does not name the promoted version": report["version_promoted"] == report["candidate"],
        "the try-on does not name the version before": report["version_after"] == report["version_before"],
    }
    trail = {f"not in the audit trail: {deed}": report["audit"].get(deed, 0) > 0 for deed in AUDITED}
    return [fault for fault, holds in (claims | trail).items() if not holds]


def _prepared(merchant: Staff) -> tuple[int, int]:
    """Wait until no garment and no photo is waiting; returns how many of each are ready."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        waiting = sum(merchant.garments(status) for status in UNFINISHED)
        if not waiting and not (waiting := sum(merchant.samples(status) for status in UNFINISHED)):
            return merchant.garments("succeeded"), merchant.samples("succeeded")
        print(f"{waiting} garments or photos are to be prepared", file=sys.stderr, flush=True)
        time.sleep(10)
    raise once.OnceError("garments and photos were not prepared in time")


def _audit(root: Staff) -> dict[str, int]:
    """How often each of AUDITED is in the trail, once all are or TRAIL_SECONDS have passed."""
    deadline = time.monotonic() + TRAIL_SECONDS
    while True:
        rows = root.rows("auditentry/?", "object_kind", "action", "note")
        found = {deed: _times(rows, *what) for deed, what in AUDITED.items()}
        if all(found.values()) or time.monotonic() > deadline:
            break
        time.sleep(5)
    root.page.goto(f"{root.url}/admin/tryon/auditentry/")
    root.picture("audit")
    return found


def _times(rows: list[list[str]], kind: str, action: str, note: str) -> int:
    lower = ([text.lower() for text in row] for row in rows)
    return sum(row[:2] == [kind, action] and row[2].startswith(note) for row in lower)


def _seconds(shopper: once.Client, photo: dict[str, Any], garment: dict[str, Any]) -> tuple[float, str]:
    """How long a try-on takes, and the version that made it."""
    begin = time.monotonic()
    job = once.wait_for(shopper, once.submit(shopper, photo, garment))
    return time.monotonic() - begin, job["model_version"]


def _watch(trainer: Staff, try_on: Callable[[int], float], deadline: float, report: dict[str, Any]) -> None:
    """Try garments on all through the training, and wait for its end. Raises OnceError after `deadline`."""
    busy: list[float] = []
    begin = time.monotonic()
    while (state := trainer.progress())["status"] not in ENDED:
        if time.monotonic() > deadline:
            raise once.OnceError(f"the training is still {state['status']}, {state['stage'] or 'not begun'}")
        due = BEGUN + SPREAD * len(busy) / BUSY_TRYONS
        if state["stage"] == "training" and len(busy) < BUSY_TRYONS and state["progress"] >= due:
            busy.append(try_on(len(busy)))
            if len(busy) == BUSY_TRYONS // 2:
                trainer.picture("run")
        print(f"{state['progress']:4.0%} {state['stage']} step {state['step']}", file=sys.stderr, flush=True)
        time.sleep(5)
    trainer.page.reload()
    trainer.page.wait_for_timeout(1000)
    trainer.picture("ended")
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


def _compare(trainer: Staff, report: dict[str, Any]) -> None:
    trainer.page.click("a[data-deed=compare]")
    trainer.page.wait_for_load_state("networkidle")
    trainer.picture("comparison")
    report["verdict"] = trainer.page.get_attribute(".training-verdict", "data-verdict")
    report["why"] = trainer.page.locator(".training-verdict + p").inner_text()
    rows = trainer.page.locator(".training-table tbody tr").all()
    report["comparison"] = [
        dict(zip(COLUMNS, row.locator("td").all_inner_texts(), strict=False)) for row in rows
    ]
    report["candidate"] = trainer.page.title().partition(" |")[0].strip()


def table(report: dict[str, Any]) -> str:
    """The report for people."""
    return "\n".join(f"{name.replace('_', ' '):<20} {value}" for name, value in report.items())


if __name__ == "__main__":
    sys.exit(main())
