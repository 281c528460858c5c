"""From a row in the queue to a sealed picture, with a pipeline that paints."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError
from PIL import Image
from pytest_django import Settings
from structlog.contextvars import get_contextvars

from config.celery import app
from ml.errors import MESSAGES, Refusal
from ml.garmentcheck import WARNINGS
from tests.tryon import factories
from tests.workers.stubs import StubPipeline, engine_of
from tryon.announce import TASKS
from tryon.errors import ADVICE, ERRORS
from tryon.models import ErasureReceipt, Garment, Photo, SealedObject, TryOnJob
from tryon.selectors.keys import objects_by_key
from tryon.services import jobs, photos, work
from tryon.services.garments import garment_update
from tryon.services.photo_store import object_open
from workers import engines, handlers, runner, tasks

pytestmark = pytest.mark.django_db
Use = Callable[[StubPipeline], None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Have the worker use a stub."""
    handlers._cloths.clear()
    return lambda stub: monkeypatch.setattr(engines, "engine", engine_of(stub))


@pytest.fixture(autouse=True)
def announced(monkeypatch: pytest.MonkeyPatch) -> list[type]:
    """The models announced by the worker."""
    told: list[type] = []
    for module in (runner, tasks):
        monkeypatch.setattr(module, "announce", told.append)
    return told


@pytest.fixture
def garment() -> Garment:
    """A garment with a picture: a dark square on white."""
    picture = Image.new("RGB", (40, 50), "white")
    picture.paste((10, 20, 30), (10, 10, 30, 40))
    row = factories.garment()
    row.image.save("square.png", ContentFile(factories.encoded(picture, "PNG")))
    return row


@pytest.fixture
def job(garment: Garment) -> TryOnJob:
    return factories.tryon(factories.photo(factories.shopper()), garment=garment)


def test_every_announced_name_is_a_task_of_the_workers() -> None:
    assert set(TASKS.values()) <= set(current_app.tasks)


def test_a_tryon_becomes_a_sealed_picture(use: Use, job: TryOnJob) -> None:
    use(StubPipeline())
    assert tasks.run_tryons() == 1
    job.refresh_from_db()
    assert (job.status, job.error_code, job.confidence, job.model_version) == (
        "succeeded",
        "",
        0.9,
        "stub 1",
    )
    assert job.timings == {"pose": 0.1, "parse": 0.2, "warp": 0.3}
    assert job.result is not None
    assert (job.result.kind, job.result.media_type, job.result.shopper_id) == (
        "result",
        "image/png",
        job.shopper_id,
    )
    result = Image.open(io.BytesIO(object_open(sealed=job.result)))
    before = np.asarray(Image.open(io.BytesIO(photos.photo_open(photo=job.photo))).convert("RGB"))
    changed = (np.asarray(result) != before).any(axis=(1, 2))
    assert changed.nonzero()[0].tolist() == list(range(20, 40))
    assert "compositeWithTrainedAlgorithmicMedia" in result.text["XML:com.adobe.xmp"]


def test_garments_are_put_on_from_below(use: Use, garment: Garment) -> None:
    owner = factories.shopper()
    photo = factories.photo(owner)
    trousers = factories.garment(category="lower_body", image=garment.image.name)
    job, created = jobs.job_submit(
        shopper=owner, photo_id=photo.pk, garment_ids=[garment.pk, trousers.pk], idempotency_key=""
    )
    use(StubPipeline())
    tasks.run_tryons()
    job.refresh_from_db()
    assert created
    assert [item.garment_id for item in job.items.all()] == [trousers.pk, garment.pk]
    assert job.timings == {"pose": 0.1, "parse": 0.2, "warp": 0.6}


def test_a_picture_that_did_not_change_is_a_failure(use: Use, job: TryOnJob) -> None:
    use(StubPipeline(paint=False))
    tasks.run_tryons()
    job.refresh_from_db()
    assert (job.status, job.error_code, job.result) == ("failed", "result_unchanged", None)


def test_cancelling_in_the_middle_stops_at_the_next_stage(use: Use, job: TryOnJob) -> None:
    use(StubPipeline(on_warp=lambda: jobs.job_cancel(job=job) and None))
    tasks.run_tryons()
    job.refresh_from_db()
    assert (job.status, job.stage, job.result) == ("cancelled", "warp", None)
    assert not SealedObject.objects.filter(kind="result").exists()


def test_erasing_the_photo_in_the_middle_leaves_no_result(use: Use, job: TryOnJob) -> None:
    use(StubPipeline(on_warp=lambda: photos.photo_erase(photo=job.photo, reason="requested") and None))
    tasks.run_tryons()
    job.refresh_from_db()
    assert (job.status, job.result, job.photo) == ("cancelled", None, None)
    assert not SealedObject.objects.exists()


def test_deleting_the_tryon_in_the_middle_leaves_nothing(use: Use, job: TryOnJob) -> None:
    use(StubPipeline(on_warp=lambda: jobs.job_erase(job=TryOnJob.objects.get(), reason="requested")))
    tasks.run_tryons()
    assert not TryOnJob.objects.exists()
    assert not SealedObject.objects.filter(kind="result").exists()


def test_a_result_that_came_too_late_is_erased_again(
    use: Use, job: TryOnJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker stalls after its last stage; meanwhile another one takes over and finishes."""
    encode = handlers.encode_marked_png

    def stall(*args: object, **kwargs: object) -> bytes:
        monkeypatch.setattr(handlers, "encode_marked_png", encode)
        TryOnJob.objects.update(lease_until=job.created_at)
        work.work_sweep(model=TryOnJob)
        assert tasks.run_tryons() == 1
        return encode(*args, **kwargs)

    use(StubPipeline())
    monkeypatch.setattr(work, "announce", lambda model: None)
    monkeypatch.setattr(handlers, "encode_marked_png", stall)
    assert tasks.run_tryons() == 1
    job.refresh_from_db()
    assert (job.status, job.fencing_token) == ("succeeded", 2)
    assert list(SealedObject.objects.filter(kind="result")) == [job.result]
    assert ErasureReceipt.objects.get().reason == "stale"


def test_a_tryon_waits_for_the_check_of_its_photo(use: Use, job: TryOnJob, announced: list[type]) -> None:
    Photo.objects.update(status="queued")
    use(StubPipeline())
    assert tasks.run_tryons() == 0
    assert tasks.check_photos() == 1
    assert announced == [TryOnJob]
    photo = Photo.objects.get()
    assert photo.status == "succeeded"
    assert photo.checks == {"brightness": 0.5, "sharpness": 0.5, "categories": ["upper_body"]}
    assert tasks.run_tryons() == 1


def test_a_refused_photo_fails_its_tryons_with_its_reason(
    use: Use, job: TryOnJob, announced: list[type]
) -> None:
    Photo.objects.update(status="queued")
    use(StubPipeline(refusal=Refusal("several_people")))
    tasks.check_photos()
    tasks.run_tryons()
    job.refresh_from_db()
    photo = Photo.objects.get()
    assert announced == [TryOnJob]
    assert (photo.status, photo.error_code) == ("failed", "several_people")
    assert (job.status, job.error_code) == ("failed", "several_people")


def test_an_expired_photo_is_not_opened(use: Use, job: TryOnJob) -> None:
    Photo.objects.update(expires_at=job.created_at)
    use(StubPipeline())
    tasks.run_tryons()
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "photo_expired")


def test_a_defect_is_tried_again_and_gives_nothing_of_the_picture_away(
    use: Use, job: TryOnJob, caplog: pytest.LogCaptureFixture
) -> None:
    secret = str(factories.encoded(factories.picture())[:30])

    def break_down() -> None:
        raise ValueError(secret)

    use(StubPipeline(on_warp=break_down))
    statuses = []
    for _ in range(3):
        tasks.run_tryons()
        job.refresh_from_db()
        statuses.append((job.status, job.error_code))
    assert statuses == [("queued", ""), ("queued", ""), ("failed", "internal_error")]
    assert "ValueError" in caplog.text
    assert secret not in caplog.text


def test_time_is_up_for_the_one_and_the_others_go_back(
    use: Use, job: TryOnJob, garment: Garment, settings: Settings, announced: list[type]
) -> None:
    def take_too_long() -> None:
        raise SoftTimeLimitExceeded

    settings.TRYON = settings.TRYON | {"BATCH_SIZE": 8}
    other = factories.tryon(job.photo, garment=garment)
    use(StubPipeline(on_warp=take_too_long))
    assert tasks.run_tryons() == 2
    rows = TryOnJob.objects.order_by("created_at").values_list("pk", "status", "attempts")
    assert list(rows) == [(job.pk, "queued", 1), (other.pk, "queued", 0)]
    assert announced == [TryOnJob]


def test_what_is_left_is_announced(use: Use, job: TryOnJob, garment: Garment, announced: list[type]) -> None:
    factories.tryon(job.photo, garment=garment)
    use(StubPipeline())
    assert (tasks.run_tryons(), announced) == (1, [TryOnJob])
    assert (tasks.run_tryons(), announced) == (1, [TryOnJob])
    assert (tasks.run_tryons(), announced) == (0, [TryOnJob])


@pytest.mark.parametrize("name", TASKS.values())
def test_work_that_meets_no_database_is_tried_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a database that restarts would eat all messages, and what waits would wait for the sweep."""
    answers = [OperationalError, InterfaceError]

    def claim(**_: object) -> list[object]:
        if answers:
            raise answers.pop()
        return []

    monkeypatch.setattr(runner, "work_claim", claim)
    assert current_app.tasks[name].apply().get() == 0
    assert not answers


def test_a_garment_is_cut_out(use: Use, garment: Garment) -> None:
    Garment.objects.update(status="queued")
    use(StubPipeline())
    assert tasks.prepare_garments() == 1
    garment.refresh_from_db()
    assert garment.status == "succeeded"
    alpha = np.asarray(Image.open(garment.cutout).getchannel("A"))
    assert (alpha[10:40, 10:30] == 255).all()
    assert alpha.sum() == 30 * 20 * 255
    red, green, blue = bytes.fromhex(garment.swatch[1:])
    assert max(abs(red - 10), abs(green - 20), abs(blue - 30)) <= 4


def test_a_category_that_was_left_open_is_guessed_once(use: Use, garment: Garment) -> None:
    Garment.objects.filter(pk=garment.pk).update(status="queued", category="")
    use(StubPipeline(guess={"upper_body": 0.2, "dresses": 0.7}, warnings=("cloth_low_resolution",)))
    assert tasks.prepare_garments() == 1
    garment.refresh_from_db()
    assert (garment.status, garment.category) == ("succeeded", "dresses")
    assert garment.warnings == ["category_guessed", "cloth_low_resolution"]
    Garment.objects.filter(pk=garment.pk).update(status="queued")
    use(StubPipeline(guess={"lower_body": 1.0}))
    tasks.prepare_garments()
    garment.refresh_from_db()
    assert (garment.category, garment.warnings) == ("dresses", [])


def test_what_the_merchant_says_meanwhile_is_not_guessed_over(use: Use, garment: Garment) -> None:
    Garment.objects.filter(pk=garment.pk).update(status="queued", category="")

    class Slow(StubPipeline):
        def guess_category(self, image: np.ndarray) -> dict[str, float]:
            garment_update(garment=Garment.objects.get(pk=garment.pk), category="lower_body")
            return {"dresses": 1.0}

    use(Slow())
    tasks.prepare_garments()
    garment.refresh_from_db()
    assert (garment.status, garment.category, garment.warnings) == ("queued", "lower_body", [])


def test_a_picture_without_a_garment_says_so(use: Use, garment: Garment) -> None:
    Garment.objects.update(status="queued")
    use(StubPipeline(refusal=Refusal("cloth_not_found")))
    tasks.prepare_garments()
    garment.refresh_from_db()
    assert (garment.status, garment.error_code, garment.cutout.name) == ("failed", "cloth_not_found", "")


def test_a_bad_picture_of_a_garment_gets_its_reason(use: Use, garment: Garment) -> None:
    Garment.objects.update(status="queued")
    use(StubPipeline(cloth_refusal=Refusal("cloth_cropped")))
    tasks.prepare_garments()
    garment.refresh_from_db()
    assert (garment.status, garment.error_code, garment.cutout.name) == ("failed", "cloth_cropped", "")


def test_advice_about_a_garment_is_kept_until_its_picture_is_better(use: Use, garment: Garment) -> None:
    for warnings in (["category_mismatch"], []):
        Garment.objects.update(status="queued")
        use(StubPipeline(warnings=tuple(warnings)))
        tasks.prepare_garments()
        garment.refresh_from_db()
        assert (garment.status, garment.warnings) == ("succeeded", warnings)


def test_a_garment_that_is_ready_is_not_checked_again(use: Use, job: TryOnJob) -> None:
    use(StubPipeline(cloth_refusal=Refusal("cloth_cropped")))
    tasks.run_tryons()
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("succeeded", "")


def test_everything_that_is_said_about_pictures_has_words() -> None:
    assert set(MESSAGES) <= set(ERRORS)
    assert {*WARNINGS, "category_guessed"} == set(ADVICE)


def test_a_turn_of_the_rotation_replaces_the_old_key(job: TryOnJob, settings: Settings) -> None:
    settings.PHOTO_KEYS = {"k2": bytes(32), **settings.PHOTO_KEYS}
    assert [tasks.rotate_keys(), tasks.rotate_keys()] == [1, 0]
    assert objects_by_key() == {"k2": 1}


def test_a_missing_key_is_an_error_in_the_log(
    job: TryOnJob, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PHOTO_KEYS = {"k2": bytes(32)}
    assert tasks.rotate_keys() == 0
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == (
        "ERROR",
        "Photos are wrapped by keys that are not in the ring: k1",
    )


def test_erasures_and_rotation_share_a_queue_and_no_turn_is_long() -> None:
    task = app.conf.beat_schedule["keys"]["task"]
    assert app.amqp.router.route({}, task)["queue"].name == "maintenance"
    assert app.conf.beat_schedule["keys"]["schedule"] / 10 >= tasks.ROTATION_SECONDS


def test_the_heartbeat_renews_what_is_held(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"LEASE": settings.TRYON["LEASE"] / 6000}
    renewed: list[Garment] = []
    both, done = factories.garment(status="running"), factories.garment(status="running")
    beat = runner.Heartbeat([both, done])
    enough = beat._stopped

    def renew(*, work: Garment) -> bool:
        renewed.append(work)
        if len(renewed) == 4:
            enough.set()
        return True

    monkeypatch.setattr(runner, "work_renew", renew)
    beat.drop(done)
    with beat:
        assert enough.wait(10)
    assert renewed == [both] * 4


def test_what_a_worker_logs_names_the_job(use: Use, job: TryOnJob) -> None:
    seen: list[dict] = []
    use(StubPipeline(on_warp=lambda: seen.append(get_contextvars())))
    tasks.run_tryons()
    assert seen == [{"job_id": str(job.pk), "kind": "tryonjob"}]
    assert get_contextvars() == {}
