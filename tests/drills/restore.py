"""`script/drill restore`: a backup brings back what was erased after it, and the ledger has it erased again.

Shoppers send photos; database and private store are backed up. Then some erase a photo, a try-on, all data,
or their account, others withdraw their consent, and time goes by. Both stores are lost and restored from the
backup, which must bring everything back, or the drill would prove nothing. After `replay_erasures` and
`purge`, what was erased or is due must be gone, rows and bytes, and what is due later must open.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import time_machine
from django.core.management import CommandError, call_command

from config import once
from config.embedded import DATABASE, postgres_program

from .report import Report
from .stack import Stack, running_stack

ROW_QUERIES = (
    "SELECT id FROM tryon_sealedobject WHERE shopper_id = %(shopper)s",
    "SELECT id FROM tryon_photo WHERE shopper_id = %(shopper)s",
    "SELECT id FROM tryon_tryonjob WHERE shopper_id = %(shopper)s",
    "SELECT id FROM tryon_consent WHERE shopper_id = %(shopper)s AND withdrawn_at IS NULL",
    "SELECT id FROM tryon_shopper WHERE id = %(shopper)s",
    "SELECT id FROM shop_user WHERE username = %(user)s",
)
OBJECTS, PHOTOS, TRYONS, CONSENTS, SHOPPERS, ACCOUNTS = range(len(ROW_QUERIES))


@dataclass
class Case:
    """A shopper of the drill: what they have, and which of it is there in the end."""

    name: str
    client: once.Client
    photo: dict[str, Any]
    shopper: str
    left: dict[int, int] = field(default_factory=dict)
    files_left: int = 0
    user: str = ""
    files: Sequence[str] = ()

    def rows(self, stack: Stack) -> list[int]:
        """How many rows each of the queries finds."""
        known = {"shopper": self.shopper, "user": self.user}
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            return [len(connection.execute(query, known).fetchall()) for query in ROW_QUERIES]

    def files_there(self, stack: Stack) -> int:
        return sum((stack.folder / "private" / name).exists() for name in self.files)


def main() -> int:
    """Run the drill and return its exit code."""
    with running_stack("web") as stack:
        return drill(stack)


def drill(stack: Stack) -> int:
    """Back up, erase, lose everything, restore, replay, and judge what is there."""
    from django.db import connections
    from django.utils import timezone

    report, began = Report("restore"), timezone.now()
    cases = make_cases(stack, began)
    full = {case.name: case.rows(stack) for case in cases}
    backup(stack)
    receipt = erase(stack, cases)
    manage("purge", at=began + timedelta(hours=25))
    judge(report, stack, cases[:-2], "before the disaster")
    stack.stop("web")
    connections.close_all()
    restore(stack)
    back = {case.name: case.rows(stack) for case in cases}
    report.check(back == full, "the backup brings back every row of every case")
    files = sum(case.files_there(stack) for case in cases)
    report.check(files == sum(len(case.files) for case in cases), f"and every file: {files}")
    replay(report, began + timedelta(hours=27))
    judge(report, stack, cases, "in the end")
    ask(report, stack, cases)
    named = [case.name for case in cases if names_in_ledger(stack, case)]
    report.check(not named, f"shoppers whose id the ledger holds: {named}")
    checked = receipts_verify(stack, receipt)
    report.check("ours, and the object is gone" in checked, f"the receipt from before: {checked.strip()}")
    return report.finish()


def make_cases(stack: Stack, began: datetime) -> list[Case]:
    """Shoppers with a photo and a finished try-on each, by what is going to happen to them."""
    expectations: dict[str, tuple[dict[int, int], int]] = {
        "photo erased by its owner": ({TRYONS: 1, CONSENTS: 1, SHOPPERS: 1}, 0),
        "try-on erased by its owner": ({OBJECTS: 1, PHOTOS: 1, CONSENTS: 1, SHOPPERS: 1}, 1),
        "consent withdrawn": ({TRYONS: 1, SHOPPERS: 1}, 0),
        "everything of a guest erased": ({}, 0),
        "account erased": ({}, 0),
        "photo expired before the disaster": ({TRYONS: 1, CONSENTS: 1, SHOPPERS: 1}, 0),
        "photo expired after it": ({TRYONS: 1, CONSENTS: 1, SHOPPERS: 1}, 0),
        "nothing erased, nothing due": ({OBJECTS: 2, PHOTOS: 1, TRYONS: 1, CONSENTS: 1, SHOPPERS: 1}, 2),
    }
    cases = [a_shopper(stack, name) for name in expectations]
    for case in cases:
        case.left, case.files_left = expectations[case.name]
        # None comes due before the end but those that shall: the ledger alone can take the others.
        hours = {"photo expired before the disaster": 24, "photo expired after it": 26}.get(case.name, 48)
        keep_until(case, began + timedelta(hours=hours))
        if case.name == "account erased":
            give_account(case)
    return cases


def a_shopper(stack: Stack, name: str) -> Case:
    """A guest who agrees and sends a photo by HTTP, and the picture that a worker would have made."""
    from tests.tryon import factories
    from tryon.models import Garment, Photo

    client = once.Client(stack.url)
    version = client.json("GET", "consents/")["version"]
    client.json("POST", "consents/", json={"purpose": "tryon", "version": version})
    photo = client.json("POST", "photos/", files={"image": once.sample_photo()})
    row = Photo.objects.select_related("sealed").get(pk=photo["id"])
    job = factories.tryon(row, status="succeeded", result=True, garment=Garment.objects.first())
    case = Case(name, client, photo, str(row.shopper_id))
    case.files = [row.sealed.storage_name, job.result.storage_name if job.result else ""]
    return case


def keep_until(case: Case, end: datetime) -> None:
    """As a shop with another time to keep photos would have it."""
    from tryon.models import Photo

    Photo.objects.filter(shopper_id=case.shopper).update(expires_at=end)


def give_account(case: Case) -> None:
    """Make the guest a customer."""
    from tests.tryon import factories
    from tryon.models import Shopper

    case.user = "customer"
    Shopper.objects.filter(pk=case.shopper).update(user=factories.user(case.user))


def backup(stack: Stack) -> None:
    """What a nightly job does: a dump of the database and a copy of the private store. Not of the ledger."""
    dump = [postgres_program("pg_dump"), "--format=custom", "--file", stack.folder / "backup.dump"]
    subprocess.run([*dump, "--dbname", os.environ["DATABASE_URL"]], check=True)
    shutil.copytree(stack.folder / "private", stack.folder / "backup-private")


def restore(stack: Stack) -> None:
    """Lose both stores and put the backup in their place."""
    with psycopg.connect(os.environ["DATABASE_URL"], dbname="postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    load = [postgres_program("pg_restore"), "--exit-on-error", "--dbname", os.environ["DATABASE_URL"]]
    subprocess.run([*load, stack.folder / "backup.dump"], check=True)
    shutil.rmtree(stack.folder / "private")
    shutil.copytree(stack.folder / "backup-private", stack.folder / "private")


def erase(stack: Stack, cases: list[Case]) -> dict[str, Any]:
    """Each shopper does what the case says; returns the receipt that the first one got."""
    photo, tryon, consent, guest, account, *_ = cases
    receipt = photo.client.json("DELETE", f"photos/{photo.photo['id']}/")
    (job,) = tryon.client.json("GET", "tryons/")["results"]
    tryon.client.json("DELETE", f"tryons/{job['id']}/")
    consent.client.session.delete(f"{stack.url}/api/v1/consents/tryon/", timeout=30).raise_for_status()
    guest.client.json("DELETE", "me/")
    manage("erase", "--account", account.user)
    return receipt


def manage(*arguments: str, at: datetime | None = None) -> str:
    """Run a command of manage.py in this process, at another time if one is given; returns its output."""
    out = StringIO()
    with ExitStack() as clock:
        if at is not None:
            clock.enter_context(time_machine.travel(at, tick=False))
        call_command(*arguments, stdout=out)
    return out.getvalue()


def replay(report: Report, at: datetime) -> None:
    """The steps of docs/privacy.md after a restore, twice, since they must be safe to repeat."""
    report.check(
        '"erased": {}' not in manage("replay_erasures", "--dry-run", at=at), "the dry run finds them"
    )
    print(manage("replay_erasures", at=at).strip())
    manage("purge", at=at)
    report.check('"erased": {}' in manage("replay_erasures", at=at), "a second replay has nothing to do")
    try:
        manage("verify", at=at)
        report.check(True, "verify: in order")
    except CommandError as error:
        report.check(False, f"verify: {error}")


def judge(report: Report, stack: Stack, cases: list[Case], when: str) -> None:
    """One line a case: rows by kind and files, as they are and as they should be."""
    print(f"--- {when}: objects, photos, try-ons, consents, shoppers, accounts; files")
    for case in cases:
        expected = [case.left.get(kind, 0) for kind in range(len(ROW_QUERIES))]
        seen, files = case.rows(stack), case.files_there(stack)
        holds = seen == expected and files == case.files_left
        wanted = "" if holds else f"  expected {expected}; {case.files_left}"
        report.check(holds, f"{case.name:34} {seen}; {files}{wanted}")


def ask(report: Report, stack: Stack, cases: list[Case]) -> None:
    """What the shop answers to those who ask for their photo again."""
    stack.start("web")
    if not once.wait_until_ready(stack.url):
        report.check(False, "the shop is up again")
        return
    for case in cases:
        answer = case.client.session.get(f"{stack.url}{case.photo['image_url']}", timeout=30).status_code
        report.check(answer == (200 if case.left.get(PHOTOS) else 404), f"{case.name:34} asked for: {answer}")


def names_in_ledger(stack: Stack, case: Case) -> bool:
    """Whether the shopper's id stands anywhere in the ledger."""
    texts = (path.read_text() for path in (stack.folder / "ledger").rglob("*.json"))
    return any(case.shopper in text or case.shopper.replace("-", "") in text for text in texts)


def receipts_verify(stack: Stack, receipt: dict[str, Any]) -> str:
    """What `receipts verify` says of a receipt that a shopper got before the disaster."""
    path = Path(stack.folder, "tmp", "receipt.json")
    path.write_text(json.dumps(receipt))
    try:
        return manage("receipts", "verify", str(path))
    except CommandError as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main())
