"""Garments on the sample shoppers, with a pipeline that paints."""

import io
from collections.abc import Callable, Iterator

import pytest
from django.contrib.staticfiles import finders
from PIL import Image

from ml.errors import Refusal
from tests.tryon import factories
from tests.workers.stubs import StubPipeline, engine_of
from tryon.models import Garment, GarmentPreview
from tryon.services.garment_previews import previews_request
from workers import engines, handlers, previews, runner, tasks

pytestmark = pytest.mark.django_db
Use = Callable[[StubPipeline], StubPipeline]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    def start(stub: StubPipeline) -> StubPipeline:
        monkeypatch.setattr(engines, "engine", engine_of(stub))
        return stub

    monkeypatch.setattr(runner, "announce", lambda model: None)
    handlers._cloths.clear()
    previews._people.clear()
    yield start
    previews._people.clear()


@pytest.fixture
def garment() -> Garment:
    return factories.garment_with_picture()


def test_every_sample_shopper_wears_it_and_is_looked_at_once(use: Use, garment: Garment) -> None:
    stub = use(StubPipeline())
    for _ in range(2):
        previews_request(garment=garment)
        while tasks.make_previews():
            pass
    made = GarmentPreview.objects.all()
    assert [each.status for each in made] == ["succeeded"] * 4
    assert (stub.people, stub.cloths) == (4, 1)
    sample = Image.open(finders.find(made[0].sample))
    with made[0].image.open() as file:
        picture = Image.open(io.BytesIO(file.read()))
    assert (picture.format, picture.size) == ("PNG", sample.size)
    assert "compositeWithTrainedAlgorithmicMedia" in picture.text["XML:com.adobe.xmp"]


def test_a_sample_that_cannot_wear_it_fails_with_the_reason(
    use: Use, garment: Garment, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = use(StubPipeline())

    def refuse(*_args: object) -> None:
        raise Refusal("low_confidence")

    monkeypatch.setattr(stub, "dress", refuse)
    previews_request(garment=garment)
    tasks.make_previews()
    failed = GarmentPreview.objects.exclude(status="queued").get()
    assert (failed.status, failed.error_code, failed.image.name) == ("failed", "low_confidence", "")
