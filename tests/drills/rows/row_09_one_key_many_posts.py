"""50 posts with one Idempotency-Key at the same moment, then the same key with another request, 10 times"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from config.once import Client
from tests.drills.engine import count, make_garment, running_engine
from tests.drills.report import Report
from tests.drills.stack import Stack
from tests.drills.visitors import Visitor, new_address, new_key, visitor

NUMBER = 9
PROMISE = "1 job a key, the same for all who asked; the key with a changed body is refused"
POSTS = 50


def run(report: Report, *, short: bool) -> str:
    """Each round has a key of its own."""
    rounds = 1 if short else 10
    with running_engine("web", lease=60, sweep=15, job_seconds=0.1) as stack:
        guest, garments = visitor(stack), [str(make_garment().pk) for _ in range(2)]
        told: Counter[str] = Counter()
        for number in range(1, rounds + 1):
            told += one_round(report, stack, guest, garments)
            jobs = count(stack, "queued")
            report.check(jobs == number, f"round {number}: {jobs} jobs of {number} keys")
        shown = ", ".join(f"{times} x {answer}" for answer, times in sorted(told.items()))
        return f"{rounds} keys, {POSTS} posts at once each: {count(stack, 'queued')} jobs; {shown}"


def one_round(report: Report, stack: Stack, guest: Visitor, garments: list[str]) -> Counter[str]:
    """Post under one key from many connections at once, then another body under it; returns the answers."""
    key, barrier = new_key(), threading.Barrier(POSTS)
    copies = [copy_of(stack, guest) for _ in range(POSTS)]

    def post(copy: Visitor) -> tuple[int, str, str]:
        barrier.wait()
        answer = copy.submit(garments[0], key)
        said = answer.headers.get("Idempotency-Replayed", "new")
        return answer.status_code, answer.json().get("id", ""), said

    with ThreadPoolExecutor(POSTS) as pool:
        answers = list(pool.map(post, copies))
    ids = {job for _status, job, _said in answers}
    report.check(len(ids) == 1 and "" not in ids, f"ids told: {len(ids)}")
    new = sum(said == "new" for _status, _job, said in answers)
    report.check(new == 1, f"posts that were told they made the job: {new}")
    changed = guest.submit(garments[1], key)
    refusal = f"{changed.status_code} {changed.json().get('code')}"
    report.check(refusal == "409 idempotency_conflict", f"another body under the key: {refusal}")
    statuses = Counter(str(status) for status, _job, _said in answers)
    report.check(set(statuses) == {"202"}, f"answers: {dict(statuses)}")
    return statuses + Counter([f"{refusal} for a changed body"])


def copy_of(stack: Stack, guest: Visitor) -> Visitor:
    """The same guest in another connection, from another address."""
    client = Client(stack.url)
    client.session.cookies.update(guest.client.session.cookies)
    client.session.headers["X-CSRFToken"] = guest.client.session.headers["X-CSRFToken"]
    client.session.headers["X-Forwarded-For"] = new_address()
    return Visitor(client, guest.photo)
