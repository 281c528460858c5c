"""From a checked photo or an upload to a picture without a face, and what a refusal leaves: nothing."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from ml.anonymise import Anonymised, faces_around, is_at
from ml.errors import Refusal
from ml.faces import FaceDetector
from ml.mannequin import Head
from ml.pipeline import TryOnPipeline
from ml.posebundle import FACE_DETECTOR
from tests.tryon import factories
from tests.workers.stubs import StubPipeline, engine_of
from tryon.models import ErasureReceipt, Photo, SealedObject, Shopper, TrainingSample
from tryon.services.consents import consent_withdraw
from tryon.services.photo_store import object_open
from tryon.services.photos import photo_create
from tryon.services.sample_uploads import samples_add
from tryon.services.samples import sample_add, sample_collect
from workers import engines, handlers, runner, tasks

pytestmark = pytest.mark.django_db
SHOPPERS = Path(__file__).parents[2] / "shop" / "sample" / "shoppers"
GREY = 77


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "announce", lambda model: None)
    monkeypatch.setattr(engines, "engine", engine_of(StubPipeline()))
    monkeypatch.setattr(engines, "faces", lambda: None)


@pytest.fixture
def shopper() -> Shopper:
    row = factories.shopper()
    factories.agree_to_training(row)
    return row


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Have a stub anonymise: grey all over, after `deed` is done."""

    def use(deed: Callable[[], None] = lambda: None) -> None:
        def stub_anonymise(person: object, faces: object) -> Anonymised:
            deed()
            image = np.full((80, 60, 3), GREY, np.uint8)
            return Anonymised(image, np.ones((80, 60), bool), 0.0)

        monkeypatch.setattr(handlers, "anonymise", stub_anonymise)

    return use


def refuse() -> None:
    raise Refusal("face_not_found")


def test_the_check_of_a_photo_asks_for_its_sample(shopper: Shopper, answer: Callable[..., None]) -> None:
    answer()
    asked = factories.photo(shopper, status="queued")
    factories.photo(factories.shopper(), status="queued")
    assert (tasks.check_photos(), tasks.check_photos(), tasks.prepare_samples()) == (1, 1, 1)
    sample = TrainingSample.objects.get()
    assert (sample.photo, sample.status, sample.error_code) == (asked, "succeeded", "")
    assert sample.sealed is not None
    picture = Image.open(io.BytesIO(object_open(sealed=sample.sealed)))
    assert (picture.format, np.unique(picture).tolist()) == ("JPEG", [GREY])
    assert picture.getexif() == {}
    assert sample.quality | {"sharpness": 0} == {
        "width": 60,
        "height": 80,
        "sharpness": 0,
        "hidden": 0.0,
        "hash": "0" * 16,
        "categories": ["upper_body"],
        "size": "slim",
        "skin_tone": None,
        "sleeve": "long",
    }


def test_a_refused_photo_gives_no_second_try(shopper: Shopper, answer: Callable[..., None]) -> None:
    answer(refuse)
    photo = factories.photo(shopper)
    sample_collect(photo=photo)
    tasks.prepare_samples()
    sample = sample_collect(photo=photo)
    assert sample is not None
    assert (sample.status, sample.error_code, sample.sealed) == ("failed", "face_not_found", None)
    assert tasks.prepare_samples() == 0


def test_a_refused_upload_is_erased_at_once(answer: Callable[..., None]) -> None:
    answer(refuse)
    sample = sample_add(
        picture=factories.encoded(factories.picture()), licence_note="x", garment=factories.garment()
    )
    tasks.prepare_samples()
    original, sample = sample.upload, TrainingSample.objects.get()
    assert (sample.status, sample.error_code, sample.upload) == ("failed", "face_not_found", None)
    assert not SealedObject.objects.exists()
    assert ErasureReceipt.objects.get(object_id=original.pk).reason == "refused"


def test_of_many_photos_each_gets_a_verdict_of_its_own(answer: Callable[..., None]) -> None:
    answer()
    factories.garment(sku="LS-01")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("list.csv", "file,garment\ngood.png,LS-01\nbad.jpg,LS-01\n")
        archive.writestr("good.png", factories.encoded(factories.picture(), "PNG"))
        archive.writestr("bad.jpg", b"GIF89a")
    samples_add(archive=target, licence_note="Contract")
    while tasks.prepare_samples():
        pass
    good, bad = TrainingSample.objects.order_by("-source_name")
    assert (good.status, good.error_code, good.upload) == ("succeeded", "", None)
    assert (bad.status, bad.error_code, bad.upload) == ("failed", "unsupported_image", None)
    assert list(SealedObject.objects.all()) == [good.sealed]


def test_a_withdrawal_in_the_middle_leaves_nothing(shopper: Shopper, answer: Callable[..., None]) -> None:
    answer(lambda: consent_withdraw(shopper=shopper, purpose="training"))
    sample_collect(photo=factories.photo(shopper))
    tasks.prepare_samples()
    assert not TrainingSample.objects.exists()
    assert not SealedObject.objects.filter(kind="sample").exists()


@pytest.mark.slow
@pytest.mark.skipif(not FACE_DETECTOR.is_file(), reason="NO FACE DETECTOR: run `python -m ml.posebundle`")
def test_a_sample_shopper_loses_face_and_wall(shopper: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real models behind the real tasks."""
    pipeline, faces = TryOnPipeline.load("cpu"), FaceDetector()
    monkeypatch.setattr(engines, "engine", engine_of(pipeline))
    monkeypatch.setattr(engines, "faces", lambda: faces)
    upload = SimpleUploadedFile("me.jpg", (SHOPPERS / "shopper-1.jpg").read_bytes())
    photo = photo_create(shopper=shopper, upload=upload)
    assert (tasks.check_photos(), tasks.prepare_samples()) == (1, 1)
    sample = TrainingSample.objects.get()
    assert (sample.photo, sample.status, sample.error_code) == (photo, "succeeded", "")
    assert sample.sealed is not None
    before, after = (
        np.asarray(Image.open(io.BytesIO(object_open(sealed=sealed))).convert("RGB"))
        for sealed in (Photo.objects.get().sealed, sample.sealed)
    )
    head = Head.of(pipeline.analyse_person(before).check.pose)
    seen = [
        max((face.score for face in faces_around(image, head, faces) if is_at(face, head)), default=0)
        for image in (before, after)
    ]
    assert seen[0] > 0.9
    assert seen[1] < 0.5
    assert sample.quality["categories"] == ["upper_body", "lower_body"]
    assert (sample.quality["width"], sample.quality["height"]) == after.shape[1::-1]
