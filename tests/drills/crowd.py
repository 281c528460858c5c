"""Many shoppers at once: each in a thread, with a connection and an address of their own."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles

import requests

from config import once

from .stack import Stack
from .visitors import new_address, new_key

DONE = {"succeeded", "failed", "cancelled", "expired"}


@dataclass
class Tally:
    """What a crowd was answered, and how fast."""

    answers: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    finished: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, what: str, error: str, seconds: float) -> None:
        with self.lock:
            self.answers[what] += 1
            self.seconds.append(seconds)
            if error:
                self.errors[error] += 1

    def finish(self) -> None:
        with self.lock:
            self.finished += 1

    @property
    def error_share(self) -> float:
        return self.errors.total() / max(1, self.answers.total())

    def told(self) -> str:
        """In one sentence, for the table."""
        shown = ", ".join(f"{count} x {what}" for what, count in self.answers.most_common())
        times = self.seconds if len(self.seconds) > 1 else [0.0, 0.0]
        late = quantiles(times, n=20)[-1]
        return (
            f"{self.answers.total()} answers ({shown}), {self.errors.total()} errors, "
            f"half within {median(times):.2f} s, 95 % within {late:.2f} s, {self.finished} try-ons finished"
        )


@dataclass
class Guest:
    """A shopper who has agreed and has a checked photo, made past HTTP to be there at once."""

    stack: Stack
    tally: Tally
    photo: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        from tests.tryon import factories
        from tests.tryon.api.browsers import browser_of

        photo = factories.photo(factories.shopper())
        self.photo = str(photo.pk)
        self.session.trust_env = False
        self.session.cookies.set("sessionid", browser_of(photo.shopper).cookies["sessionid"].value)
        self.session.cookies.set("csrftoken", "a" * 32)
        self.session.headers.update({"X-CSRFToken": "a" * 32, "X-Forwarded-For": new_address()})

    def ask(self, method: str, path: str, **arguments: object) -> requests.Response | None:
        """Send and count. None if there was no answer. A refusal that says when to come again is no error."""
        begun = time.monotonic()
        try:
            answer = self.session.request(method, f"{self.stack.url}{path}", timeout=60, **arguments)  # type: ignore[arg-type]
        except requests.RequestException as error:
            self.tally.add("no answer", type(error).__name__, time.monotonic() - begun)
            return None
        seconds = time.monotonic() - begun
        code = "" if answer.ok else answer.json().get("code", "")
        what = f"{answer.status_code} {code}".strip()
        refused = answer.status_code in (429, 503) and "Retry-After" in answer.headers
        self.tally.add(what, "" if answer.ok or refused else what, seconds)
        return answer

    def submit(self, garment: str) -> requests.Response | None:
        return self.ask(
            "POST",
            "/api/v1/tryons/",
            json={"photo": self.photo, "garments": [garment]},
            headers={"Idempotency-Key": new_key()},
        )

    def try_on(self, garment: str, ended: Callable[[], bool]) -> None:
        """Ask for a picture, poll as told, and fetch it."""
        answer = self.submit(garment)
        if answer is None or answer.status_code != 202:
            time.sleep(min(5, int(answer.headers.get("Retry-After", 1))) if answer is not None else 1)
            return
        job = answer.json()
        while job["status"] not in DONE and not ended():
            time.sleep(int(answer.headers.get("Retry-After", 1)))
            answer = self.ask("GET", f"/api/v1/tryons/{job['id']}/")
            if answer is None or not answer.ok:
                return
            job = answer.json()
        if job["status"] == "succeeded":
            self.ask("GET", job["result_url"])
            self.tally.finish()

    def send_and_forget(self) -> None:
        """Send a photo from a new address and erase it again."""
        picture, address = once.sample_photo(), {"X-Forwarded-For": new_address()}
        answer = self.ask("POST", "/api/v1/photos/", files={"image": picture}, headers=address)
        if answer is not None and answer.status_code == 201:
            self.ask("DELETE", f"/api/v1/photos/{answer.json()['id']}/", headers=address)


@contextmanager
def crowd(count: int, act: Callable[[int], None]) -> Iterator[None]:
    """Threads that call `act` with their number again and again while the block runs."""
    over = threading.Event()

    def go(number: int) -> None:
        while not over.is_set():
            act(number)

    threads = [threading.Thread(target=go, args=[number], daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(120)
