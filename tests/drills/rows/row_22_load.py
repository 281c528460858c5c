"""100 shoppers poll; then three times as much is asked for as can be done; then a soak (stub generator)"""

import os
import threading
import time
from statistics import median
from typing import NamedTuple

import psutil
import redis

from tests.drills.crowd import Guest, Tally, crowd
from tests.drills.engine import count, make_garment, running_engine, work_ends
from tests.drills.report import Report
from tests.drills.stack import Stack

NUMBER = 22
PROMISE = (
    "under 1 % errors; overload answers 429 or 503 with Retry-After and the queue is bounded; "
    "memory grows by less than 5 %, no leaked files or connections"
)
SOAK_MINUTES = float(os.environ.get("CHAOS_SOAK_MINUTES", "60"))
ROW_SECONDS = (SOAK_MINUTES + 30) * 60
CLIENTS, FEW_CLIENTS, MOST_ERRORS, MOST_GROWTH = 100, 15, 0.01, 0.05
MAX_QUEUE, WEB_THREADS = 120, 8
JOB_SECONDS = 0.5
CAPACITY = 1 / JOB_SECONDS
"""Try-ons in a second that one worker can make at most."""
OVERLOAD = 3
SLACK = 2
"""Files and connections that may be open at one moment and not at another."""


def run(report: Report, *, short: bool) -> str:
    """CHAOS_SOAK_MINUTES says how long the soak is: 60 unless told otherwise."""
    minutes = 0.15 if short else 5.0
    soak_minutes = 0.6 if short else SOAK_MINUTES
    options = {
        "TRYON_MAX_QUEUE": str(MAX_QUEUE),
        # A web process that is replaced after some thousand requests would hide what it leaks.
        "GUNICORN_CMD_ARGS": "--max-requests 0",
        "WEB_THREADS": str(WEB_THREADS),
    }
    with running_engine(
        "beat", "web", "worker", lease=60, sweep=15, job_seconds=JOB_SECONDS, **options
    ) as stack:
        garment = str(make_garment().pk)
        guests = [Guest(stack, Tally()) for _ in range(FEW_CLIENTS if short else CLIENTS)]
        told = [
            polling(report, stack, guests, garment, minutes),
            overload(report, stack, guests, garment, minutes),
            drained(report, stack),
            soak(report, stack, guests[:10], garment, soak_minutes),
        ]
    return "; ".join(told)


def polling(report: Report, stack: Stack, guests: list[Guest], garment: str, minutes: float) -> str:
    """Each asks for a try-on and polls until it is there, again and again."""
    tally, end = fresh(guests), time.monotonic() + minutes * 60
    with crowd(len(guests), lambda number: guests[number].try_on(garment, lambda: time.monotonic() > end)):
        time.sleep(minutes * 60)
    report.check(tally.error_share < MOST_ERRORS, f"{len(guests)} polling: {tally.told()}")
    report.check(not tally.errors, f"errors while polling: {dict(tally.errors)}")
    return f"{len(guests)} clients, {minutes:g} min: {tally.told()}"


def overload(report: Report, stack: Stack, guests: list[Guest], garment: str, minutes: float) -> str:
    """Submits at a fixed rate, whatever is answered, and one shopper who asks without a pause."""
    tally, greedy = fresh(guests), Guest(stack, Tally())
    senders, longest = 20, 0
    pause = senders / (OVERLOAD * CAPACITY)

    def send(number: int) -> None:
        if number == senders:
            greedy.submit(garment)
            return
        begun = time.monotonic()
        guests[number].submit(garment)
        time.sleep(max(0.0, pause - (time.monotonic() - begun)))

    with crowd(senders + 1, send):
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            longest = max(longest, count(stack, "queued"))
            time.sleep(0.5)
    report.check(tally.error_share < MOST_ERRORS, f"overload: {tally.told()}")
    limit = MAX_QUEUE + WEB_THREADS  # as many may look at the length of the queue at the same moment
    report.check(longest <= limit, f"longest queue: {longest} (at most {limit})")
    report.check(
        greedy.tally.error_share < MOST_ERRORS, f"one who asks without a pause: {greedy.tally.told()}"
    )
    refused = sum(greedy.tally.answers[what] for what in greedy.tally.answers if what.startswith("429"))
    # On a slow machine a throttle of so many requests a minute is not met in seconds.
    if minutes >= 1:
        report.check(refused > 0, f"answers of 429 to them: {refused}")
        report.check(tally.answers["503 queue_full"] > 0, "the queue was full")
    asked = tally.answers.total() / (minutes * 60) / CAPACITY
    return (
        f"overload, {minutes:g} min at {asked:.1f} times the capacity: {tally.told()}, "
        f"longest queue {longest}, {refused} x 429 to one without a pause"
    )


def drained(report: Report, stack: Stack) -> str:
    """What was accepted is done."""
    work_ends(stack)
    accepted, made = (
        int(stack.rows("SELECT count(*) FROM tryon_tryonjob")[0]["count"]),
        count(stack, "succeeded"),
    )
    report.check(accepted == made, f"of {accepted} try-ons that were accepted, {made} were made")
    return f"{made} of {accepted} accepted try-ons made"


class Used(NamedTuple):
    """What all processes hold: megabytes, open files, connections to the database and to Valkey."""

    megabytes: float
    files: float
    connections: float


def soak(report: Report, stack: Stack, guests: list[Guest], garment: str, minutes: float) -> str:
    """The mix of a day: try-ons, polls, pictures, photos sent and erased. The first tenth warms up."""
    tally, end = fresh(guests), time.monotonic() + minutes * 60
    samples: list[Used] = []

    def act(number: int) -> None:
        guests[number].try_on(garment, lambda: time.monotonic() > end)
        if number < 2:
            guests[number].send_and_forget()
        threading.Event().wait(1)

    with crowd(len(guests), act):
        time.sleep(minutes * 6)
        while time.monotonic() < end:
            samples.append(used(stack))
            time.sleep(max(0.5, minutes / 2))
    tenth = max(3, len(samples) // 6)
    first, last = middle(samples[:tenth]), middle(samples[-tenth:])
    growth = last.megabytes / first.megabytes - 1
    report.check(tally.error_share < MOST_ERRORS, f"soak: {tally.told()}")
    report.check(
        growth < MOST_GROWTH, f"memory: {first.megabytes:.1f} to {last.megabytes:.1f} MB, {growth:+.1%}"
    )
    report.check(last.files <= first.files + SLACK, f"open files: {first.files:.0f} to {last.files:.0f}")
    connections = f"{first.connections:.0f} to {last.connections:.0f}"
    report.check(last.connections <= first.connections + SLACK, f"connections: {connections}")
    return (
        f"soak, {minutes:g} min: {tally.told()}, memory {first.megabytes:.0f} to {last.megabytes:.0f} MB "
        f"({growth:+.1%}), files {first.files:.0f} to {last.files:.0f}, connections {connections}"
    )


def fresh(guests: list[Guest]) -> Tally:
    """A tally of this phase, for all of them."""
    tally = Tally()
    for guest in guests:
        guest.tally = tally
    return tally


def used(stack: Stack) -> Used:
    """Of web, worker and beat with their children, now."""
    processes = [psutil.Process(process.pid) for process in stack.processes.values()]
    processes += [child for process in processes for child in process.children()]
    megabytes = files = 0.0
    for process in processes:
        try:
            if "decoder.py" in " ".join(process.cmdline()):
                continue
            megabytes += process.memory_info().rss / 1e6
            files += process.num_fds()
        except psutil.NoSuchProcess:
            continue
    database = stack.rows("SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend'")
    with redis.Redis.from_url(os.environ["BROKER_URL"]) as valkey:
        clients = len(valkey.client_list())
    return Used(megabytes, files, database[0]["n"] + clients)


def middle(samples: list[Used]) -> Used:
    return Used(*(median(values) for values in zip(*samples, strict=True)))
