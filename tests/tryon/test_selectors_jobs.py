"""Where a try-on stands in the queue and when it will be there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.models import Photo, TryOnJob
from tryon.selectors.jobs import eta_seconds, job_get, jobs_of, median_seconds, queue_length, queue_position
from tryon.services.work import work_claim, work_retry

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo() -> Photo:
    return factories.photo(factories.shopper())


def finished(photo: Photo, seconds: float, **fields: object) -> TryOnJob:
    start = timezone.now() - timedelta(hours=1)
    return factories.tryon(
        photo,
        status="succeeded",
        started_at=start,
        finished_at=start + timedelta(seconds=seconds),
        **fields,
    )


def test_the_position_counts_those_who_came_before(photo: Photo) -> None:
    waiting = [factories.tryon(photo) for _ in range(3)]
    running = factories.tryon(photo, status="running")
    assert [queue_position(job=job) for job in waiting] == [1, 2, 3]
    assert queue_position(job=running) is None
    assert queue_length() == 3


def test_who_was_tried_before_stands_behind_who_came_meanwhile(photo: Photo) -> None:
    jobs = [factories.tryon(photo) for _ in range(2)]
    (tried,) = work_claim(model=TryOnJob, limit=1)
    work_retry(work=tried, code="timed_out")
    jobs.append(factories.tryon(photo))
    for job in jobs:
        job.refresh_from_db()
    assert [queue_position(job=job) for job in jobs] == [2, 1, 3]
    assert work_claim(model=TryOnJob, limit=1) == [jobs[1]]


def test_the_median_takes_the_most_recent(photo: Photo) -> None:
    assert median_seconds() is None
    for seconds in (4.0, 60.0, 5.0):
        finished(photo, seconds)
    assert median_seconds() == 5.0


@pytest.mark.parametrize(
    ("running", "expected"),
    [(0, [8, 12, 16]), (1, [8, 12, 16]), (2, [6, 8, 10])],
)
def test_waiting_grows_with_the_position_and_shrinks_with_the_workers(
    photo: Photo, running: int, expected: list[int]
) -> None:
    finished(photo, 4.0)
    for _ in range(running):
        factories.tryon(photo, status="running")
    waiting = [factories.tryon(photo) for _ in range(3)]
    assert [eta_seconds(job=job, position=queue_position(job=job)) for job in waiting] == expected


def test_a_running_tryon_needs_what_is_left_of_it(photo: Photo) -> None:
    job = factories.tryon(photo, status="running", progress=0.75)
    assert eta_seconds(job=job, position=None) is None
    finished(photo, 8.0)
    assert eta_seconds(job=job, position=None) == 2


def test_a_finished_tryon_has_no_waiting_time(photo: Photo) -> None:
    assert eta_seconds(job=finished(photo, 8.0), position=None) is None


def test_only_the_owner_finds_a_tryon(photo: Photo) -> None:
    job = factories.tryon(photo)
    assert job_get(shopper=photo.shopper, job_id=job.pk) == job
    assert list(jobs_of(shopper=photo.shopper)) == [job]
    for stranger in (factories.shopper(), None):
        with pytest.raises(TryOnError, match="not_found"):
            job_get(shopper=stranger, job_id=job.pk)
        assert not jobs_of(shopper=stranger).exists()
