"""What staff do with photos in the admin, by HTTP."""

import re
from collections import Counter

from config import once

from .engine import wait_until
from .report import Report
from .stack import Stack

STEPS = 3
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OF_A_KIND = 2
"""Pages of the admin that are opened of those whose addresses differ in an id alone."""
LINK = re.compile(r'(?:href|src)="(/(?:admin|api|media)/[^"#]*)"')
PASSED_OVER = re.compile("log-?out|/jsi18n/|/password_change/")


def add_sample(
    stack: Stack, staff: once.Client, content: bytes, garment: dict[str, str], report: Report
) -> str:
    """Staff add a picture of somebody who wears the garment. Returns the id of the sample."""
    staff.ask(
        "POST",
        "/admin/tryon/trainingsample/add/",
        data={"garment": garment["id"], "licence_note": "ours"},
        files={"picture": ("model.jpg", content, "image/jpeg")},
    )
    query = "SELECT id, status, error_code FROM tryon_trainingsample WHERE source = 'merchant'"
    row = wait_for_end(stack, query)
    seen = f"{row['status']} {row['error_code']}"
    report.check(row["status"] == "succeeded", f"a picture that staff add: {seen}")
    return str(row["id"])


def retrain(stack: Stack, staff: once.Client, report: Report) -> None:
    """A trainer learns from both samples."""
    stack.start("trainer")
    categories = ["upper_body", "lower_body", "dresses"]
    sources = ["garments", "merchant", "shopper"]
    form = {"base": "", "categories": categories, "sources": sources, "steps": str(STEPS), "device": "cpu"}
    staff.ask("POST", "/admin/tryon/trainingrun/add/", data=form)
    row = wait_for_end(stack, "SELECT status, error_code, step, manifest FROM tryon_trainingrun")
    learnt = len(row["manifest"].get("samples", ()))
    seen = f"{row['status']} {row['error_code']}, {row['step']} steps, {learnt} samples"
    report.check((row["status"], row["step"], learnt) == ("succeeded", STEPS, 2), f"a retraining: {seen}")


def walk(staff: once.Client, report: Report) -> None:
    """Open what pages of the admin lead to, some pages of each kind, pictures included."""
    seen: Counter[str] = Counter()
    opened = failed = 0
    waiting = ["/admin/"]
    known = set(waiting)
    while waiting:
        address = waiting.pop()
        kind = re.sub(rf"{UUID}|\d+", "*", address.partition("?")[0])
        seen[kind] += 1
        if seen[kind] > OF_A_KIND:
            continue
        try:
            answer = staff.ask("GET", address)
        except once.OnceError as error:
            failed += 1
            report.check(False, f"a page of the admin: {error}")
            continue
        opened += 1
        if answer.headers["Content-Type"].startswith("text/html"):
            found = {
                link.replace("&amp;", "&")
                for link in LINK.findall(answer.text)
                if not PASSED_OVER.search(link)
            }
            waiting += sorted(found - known)
            known |= found
    photos = [kind for kind in seen if kind.startswith("/admin/tryon/")]
    report.check(len(photos) > 20 and not failed, f"pages of the admin: {opened} of {len(seen)} kinds")


def wait_for_end(stack: Stack, query: str) -> dict[str, object]:
    """The one row of the query, as soon as it is neither queued nor running. Raises OnceError otherwise."""

    def is_over() -> bool:
        rows = stack.rows(query)
        return bool(rows) and rows[0]["status"] not in ("queued", "running")

    if not wait_until(is_over, every=0.5):
        raise once.OnceError(f"still {stack.rows(query)} after {once.PATIENCE:.0f} s")
    return stack.rows(query)[0]


def signed_in(url: str) -> once.Client:
    """The demo's administrator."""
    staff = once.Client(url)
    staff.ask("POST", "/accounts/login/", data={"login": "admin", "password": "admin-demo"})
    staff.session.headers["X-CSRFToken"] = str(staff.session.cookies["csrftoken"])
    return staff
