"""What is found in pictures is kept and used again; a pipeline that paints counts how often it looks."""

import math
import zlib
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.tryon import factories
from tests.workers.stubs import StubPipeline, engine_of
from tryon.models import ErasureReceipt, Garment, Photo, SealedObject, Shopper, TryOnJob
from tryon.services import analyses
from tryon.services.analyses import analysis_keep, analysis_open
from tryon.services.consents import consent_withdraw
from tryon.services.garment_corrections import garment_correct
from tryon.services.garments import (
    garment_analysis_keep,
    garment_analysis_open,
    garment_delete,
    garment_update,
)
from tryon.services.photos import photo_erase
from tryon.services.retention import retention_sweep
from tryon.services.shoppers import shopper_erase, shopper_merge
from workers import engines, handlers, runner, tasks

pytestmark = pytest.mark.django_db
Use = Callable[[StubPipeline], StubPipeline]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Have a worker that has just started use a stub."""

    def start(stub: StubPipeline) -> StubPipeline:
        handlers._cloths.clear()
        monkeypatch.setattr(engines, "engine", engine_of(stub))
        return stub

    for module in (runner, tasks):
        monkeypatch.setattr(module, "announce", lambda model: None)
    return start


@pytest.fixture
def photo() -> Photo:
    return factories.photo(factories.shopper())


@pytest.fixture
def garment() -> Garment:
    return factories.garment_with_picture()


def dress(photo: Photo, garment: Garment) -> TryOnJob:
    """Have the worker do one try-on."""
    job = factories.tryon(photo, garment=garment)
    tasks.run_tryons()
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("succeeded", "")
    photo.refresh_from_db()
    return job


def is_stored(sealed: SealedObject) -> bool:
    return storages["private"].exists(sealed.storage_name)


def test_the_second_garment_costs_no_analysis_of_the_person(use: Use, photo: Photo, garment: Garment) -> None:
    stub = use(StubPipeline())
    first = dress(photo, garment)
    second = dress(photo, garment)
    assert stub.people == 1
    assert (first.timings, second.timings) == ({"pose": 0.1, "parse": 0.2, "warp": 0.3}, {"warp": 0.3})
    assert (photo.analysis.kind, photo.analysis.shopper_id) == ("analysis", photo.shopper_id)


def test_jobs_claimed_together_share_one_analysis(
    use: Use, photo: Photo, garment: Garment, settings: Settings
) -> None:
    settings.TRYON = settings.TRYON | {"BATCH_SIZE": 8}
    stub = use(StubPipeline())
    jobs = [factories.tryon(photo, garment=garment) for _ in range(3)]
    assert tasks.run_tryons() == 3
    assert stub.people == 1
    assert set(TryOnJob.objects.values_list("status", flat=True)) == {"succeeded"}
    assert len(jobs) == TryOnJob.objects.count()


def test_an_analysis_is_ciphertext_wherever_it_lies(use: Use, photo: Photo, garment: Garment) -> None:
    use(StubPipeline())
    dress(photo, garment)
    plain = analysis_open(photo=photo)
    with storages["private"].open(photo.analysis.storage_name) as file:
        stored = file.read()
    assert b"stub 1" in zlib.decompress(plain)
    assert plain[:32] not in stored
    with pytest.raises(zlib.error):
        zlib.decompress(stored)
    row = SealedObject.objects.values().get(pk=photo.analysis_id)
    assert not any(
        plain[:32] in bytes(value) for value in row.values() if isinstance(value, bytes | memoryview)
    )


def erase(photo: Photo) -> None:
    photo_erase(photo=photo, reason="requested")


def expire(photo: Photo) -> None:
    retention_sweep(now=photo.expires_at)


def forget(photo: Photo) -> None:
    shopper_erase(shopper=photo.shopper)


def withdraw(photo: Photo) -> None:
    consent_withdraw(shopper=photo.shopper, purpose="tryon")


@pytest.mark.parametrize("end", [erase, expire, forget, withdraw])
def test_the_analysis_goes_with_the_photo(
    use: Use,
    photo: Photo,
    garment: Garment,
    end: Callable[[Photo], None],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    use(StubPipeline())
    dress(photo, garment)
    analysis = photo.analysis
    assert is_stored(analysis)
    with django_capture_on_commit_callbacks(execute=True):
        end(photo)
    assert not is_stored(analysis)
    assert not SealedObject.objects.filter(kind__in=["photo", "analysis"]).exists()
    assert ErasureReceipt.objects.get(object_id=analysis.pk).kind == "analysis"


def test_the_sweep_leaves_an_analysis_that_is_in_use(use: Use, photo: Photo, garment: Garment) -> None:
    use(StubPipeline())
    dress(photo, garment)
    SealedObject.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert retention_sweep().unreferenced == 0


def test_another_model_looks_again(
    use: Use,
    photo: Photo,
    garment: Garment,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    use(StubPipeline())
    dress(photo, garment)
    before = photo.analysis
    newer = use(StubPipeline(model_version="stub 2"))
    with django_capture_on_commit_callbacks(execute=True):
        dress(photo, garment)
    assert (newer.people, newer.cloths) == (1, 1)
    assert photo.analysis != before
    assert not is_stored(before)
    assert ErasureReceipt.objects.get(object_id=before.pk).reason == "outdated"
    dress(photo, garment)
    assert (newer.people, newer.cloths) == (1, 1)


def overwrite(photo: Photo) -> None:
    storages["private"].delete(photo.analysis.storage_name)
    storages["private"].save(photo.analysis.storage_name, ContentFile(bytes(5000)))


def lose(photo: Photo) -> None:
    storages["private"].delete(photo.analysis.storage_name)


def write_nonsense(photo: Photo) -> None:
    """Bytes that open, since a worker sealed them, and mean nothing."""
    analysis_keep(photo=photo, data=b"nonsense")


def swap_with_own(photo: Photo) -> None:
    """The shopper's other photo is named as the one this was found in."""
    take_over(photo, factories.photo(photo.shopper))


def swap_with_other(photo: Photo) -> None:
    take_over(photo, factories.photo(factories.shopper()))


def take_over(photo: Photo, other: Photo) -> None:
    """Let the row of `photo` name what was found in the equal picture `other`."""
    engine = engines.engine()
    handlers._person(engine, other, handlers._open(other), lambda stage, share: None)
    engine.pipeline.people -= 1
    other.refresh_from_db()
    Photo.objects.filter(pk=other.pk).update(analysis=None)
    Photo.objects.filter(pk=photo.pk).update(analysis=other.analysis)


@pytest.mark.parametrize("harm", [overwrite, lose, write_nonsense, swap_with_own, swap_with_other])
def test_what_is_not_the_photos_own_analysis_is_made_anew(
    use: Use, photo: Photo, garment: Garment, harm: Callable[[Photo], None]
) -> None:
    stub = use(StubPipeline())
    dress(photo, garment)
    harm(photo)
    photo.refresh_from_db()
    harmed = photo.analysis_id
    dress(photo, garment)
    assert stub.people == 2
    assert photo.analysis_id != harmed
    dress(photo, garment)
    assert stub.people == 2


def test_anothers_analysis_does_not_open(use: Use, photo: Photo) -> None:
    use(StubPipeline())
    swap_with_other(photo)
    photo.refresh_from_db()
    assert photo.analysis is not None
    assert analysis_open(photo=photo) is None


def test_a_photo_that_is_gone_gets_no_analysis(photo: Photo) -> None:
    photo_erase(photo=photo, reason="requested")
    assert not analysis_keep(photo=photo, data=b"late")
    assert not SealedObject.objects.exists()


def test_a_photo_erased_meanwhile_leaves_no_analysis(
    photo: Photo,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sealed: list[SealedObject] = []
    seal = analyses.object_seal

    def seal_and_erase(**fields: object) -> SealedObject:
        sealed.append(seal(**fields))
        photo_erase(photo=photo, reason="requested")
        return sealed[0]

    monkeypatch.setattr(analyses, "object_seal", seal_and_erase)
    with django_capture_on_commit_callbacks(execute=True):
        assert not analysis_keep(photo=photo, data=b"late")
    assert not SealedObject.objects.exists()
    assert not is_stored(sealed[0])


def test_a_guest_who_logs_in_keeps_the_analysis(use: Use, photo: Photo, garment: Garment) -> None:
    stub = use(StubPipeline())
    dress(photo, garment)
    account = factories.shopper(user=factories.user())
    shopper_merge(guest=photo.shopper, user=account.user)
    photo = Photo.objects.get()
    dress(photo, garment)
    assert (photo.analysis.shopper_id, stub.people) == (account.pk, 1)
    assert not Shopper.objects.exclude(pk=account.pk).exists()


def test_a_prepared_garment_is_looked_at_once(use: Use, photo: Photo, garment: Garment) -> None:
    Garment.objects.update(status="queued")
    stub = use(StubPipeline())
    tasks.prepare_garments()
    garment.refresh_from_db()
    assert garment.analysis.name.startswith("garments/square")
    use(stub)
    dress(photo, garment)
    assert stub.cloths == 1


@pytest.mark.parametrize("harm", [b"nonsense", None], ids=["damaged", "lost"])
def test_a_garments_analysis_that_is_of_no_use_is_made_anew(
    use: Use, photo: Photo, garment: Garment, harm: bytes | None
) -> None:
    stub = use(StubPipeline())
    dress(photo, garment)
    garment.refresh_from_db()
    default_storage.delete(garment.analysis.name)
    if harm:
        default_storage.save(garment.analysis.name, ContentFile(harm))
    use(stub)
    dress(photo, garment)
    use(stub)
    dress(photo, garment)
    assert stub.cloths == 2


@pytest.mark.parametrize(
    "change", [{"image": factories.encoded(factories.picture())}, {"category": "dresses"}]
)
def test_another_picture_or_category_drops_the_analysis(
    use: Use,
    photo: Photo,
    garment: Garment,
    change: dict,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    use(StubPipeline())
    dress(photo, garment)
    name = Garment.objects.get().analysis.name
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        garment_update(garment=garment, **change)
    assert not default_storage.exists(name)
    assert garment_analysis_open(garment=garment) is None


def test_a_new_name_leaves_what_a_worker_kept_meanwhile(garment: Garment) -> None:
    assert garment_analysis_keep(garment=garment, data=b"found")
    garment_update(garment=garment, name="Better shirt")
    assert garment_analysis_open(garment=garment) == b"found"


def test_a_deleted_garment_takes_its_analysis_along(
    garment: Garment, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    assert garment_analysis_keep(garment=garment, data=b"found")
    name = Garment.objects.get().analysis.name
    with django_capture_on_commit_callbacks(execute=True):
        garment_delete(garment=garment)
    assert not default_storage.exists(name)


def test_corners_moved_by_hand_stand_the_garment_up(
    use: Use, garment: Garment, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    stub = use(StubPipeline())
    Garment.objects.update(
        landmarks={"left_waist": [30, 20, 0.9], "right_waist": [10, 30, 0.9], "left_collar": [0, 9, 0.2]}
    )
    garment.refresh_from_db()
    as_found = handlers.cloth_of(engines.engine(), garment)
    # The networks' own corners turn nothing, however they lie.
    assert as_found.frame.matrix[0, 1] == 0
    with django_capture_on_commit_callbacks(execute=True):
        garment_correct(garment=garment, mask=b"", landmarks={"left_waist": [30.0, 10.0]})
    garment.refresh_from_db()
    # The right one is at (10, 30): 20 to the side and 20 down, an eighth of a turn.
    for looks in (2, 2):
        turned = handlers.cloth_of(engines.engine(), garment)
        across, down = turned.frame.matrix[:, 0]
        assert (math.degrees(math.atan2(down, across)), stub.cloths) == (pytest.approx(45), looks)
        handlers._cloths.clear()
    with django_capture_on_commit_callbacks(execute=True):
        garment_correct(garment=garment, mask=b"", landmarks={"left_waist": [30.0, 30.0]})
    garment.refresh_from_db()
    assert np.array_equal(handlers.cloth_of(engines.engine(), garment).frame.matrix, as_found.frame.matrix)


def test_what_was_found_in_an_older_picture_is_not_kept(garment: Garment) -> None:
    older = Garment.objects.get()
    garment_update(garment=garment, image=factories.encoded(factories.picture()))
    files = set(default_storage.listdir("garments")[1])
    assert not garment_analysis_keep(garment=older, data=b"found")
    assert set(default_storage.listdir("garments")[1]) == files


def test_a_mask_drawn_by_hand_is_believed_and_kept_apart_from_the_networks(
    use: Use, garment: Garment, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    stub = use(StubPipeline())
    Garment.objects.update(status="queued")
    tasks.prepare_garments()
    garment.refresh_from_db()
    assert handlers.cloth_of(engines.engine(), garment).mask[20, 20]
    assert garment.landmarks["crotch"] == [1.3, 2.0, 0.5]
    drawn = Image.new("L", (40, 50), 0)
    drawn.paste(255, (0, 0, 10, 50))
    with django_capture_on_commit_callbacks(execute=True):
        garment_correct(garment=garment, mask=factories.encoded(drawn, "PNG"), landmarks={"crotch": [5, 6]})
    tasks.prepare_garments()
    garment.refresh_from_db()
    assert (garment.status, stub.cloths) == ("succeeded", 2)
    assert garment.landmarks["crotch"] == [5.0, 6.0, 1.0]
    assert garment.landmarks["left_collar"] == [1.3, 2.0, 0.5]
    mask = handlers.cloth_of(engines.engine(), garment).mask
    assert mask[:, :10].all()
    assert not mask[:, 10:].any()
    handlers._cloths.clear()
    assert (handlers.cloth_of(engines.engine(), garment).mask == mask).all()
    assert stub.cloths == 2
    with garment.cutout.open() as file:
        alpha = Image.open(file).convert("RGBA").getchannel("A")
    assert alpha.getbbox() == (0, 0, 10, 50)
