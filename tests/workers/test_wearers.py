"""Models in lookbooks: only those whose licence permits it, and only as long as their sample is there."""

import math
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.test import Client

from tests.tryon import factories
from tests.workers.stubs import StubPipeline
from tests.workers.test_lookbooks import SAMPLES, create, garment, make, merchant, stub  # noqa: F401  (fixtures)
from tryon.errors import TryOnError
from tryon.models import Garment, Lookbook, LookPicture, TrainingSample
from tryon.selectors.wearers import models_to_show, wearers
from tryon.services.samples import sample_erase
from workers import lookbooks, previews, tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
ADD = "/admin/tryon/lookbook/add/"


@pytest.fixture
def model() -> TrainingSample:
    worn = factories.garment(name="Wool coat")
    return factories.sample(garment=worn, in_lookbooks=True, status="succeeded")


def picture_of(sample: TrainingSample) -> str:
    return f"/admin/tryon/lookbook/wearers/{sample.pk}.jpg"


def test_only_models_whose_licence_permits_it_are_to_choose(model: TrainingSample) -> None:
    owner = factories.shopper()
    factories.agree_to_training(owner)
    others = [
        factories.sample(factories.photo(owner)),
        factories.sample(),
        factories.sample(in_lookbooks=True, status="failed"),
        factories.sample(in_lookbooks=True, expires_at="2020-01-01T00:00Z"),
    ]
    assert list(models_to_show()) == [model]
    shown = [(wearer.key, wearer.name) for wearer in wearers()][len(SAMPLES) :]
    assert shown == [(str(model.pk), "Model in Wool coat")]
    for other in others:
        with pytest.raises(TryOnError, match="not_found"):
            create([factories.garment()], [str(other.pk)])


def test_the_database_keeps_shoppers_out() -> None:
    sample = factories.sample(factories.photo(factories.shopper()))
    with pytest.raises(IntegrityError, match="shoppers_are_in_no_lookbook"), transaction.atomic():
        TrainingSample.objects.filter(pk=sample.pk).update(in_lookbooks=True)


def test_a_model_wears_it_beside_a_sample_shopper(
    model: TrainingSample,
    garment: Garment,  # noqa: F811
    stub: StubPipeline,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookbooks, "TURN_SECONDS", math.inf)
    lookbook = make(create([garment, factories.garment_with_picture()], [str(model.pk), SAMPLES[0]]))
    assert (lookbook.status, lookbook.samples) == ("succeeded", [SAMPLES[0], str(model.pk)])
    assert LookPicture.objects.filter(sample=str(model.pk), error_code="").count() == 2
    assert stub.people == 2, "The model is looked at once in a turn."
    assert [key for _, key in previews._people] == [SAMPLES[0]], "Nobody real is kept in memory."


def test_an_erased_model_is_out_of_all_lookbooks_with_all_pictures(
    model: TrainingSample,
    garment: Garment,  # noqa: F811
    django_capture_on_commit_callbacks: Any,
) -> None:
    both = make(create([garment], [SAMPLES[0], str(model.pk)]))
    alone = make(create([garment], [str(model.pk)]))
    kept = LookPicture.objects.get(look__lookbook=both, sample=SAMPLES[0]).image.name
    gone = [each.image.name for each in LookPicture.objects.filter(sample=str(model.pk))]
    gone += [both.sheet.name, both.document.name, alone.sheet.name, alone.document.name]
    assert len(gone) == 6
    with django_capture_on_commit_callbacks(execute=True):
        sample_erase(sample=model, reason="requested")
    assert not any(default_storage.exists(name) for name in gone)
    assert list(Lookbook.objects.all()) == [both]
    both.refresh_from_db()
    assert (both.status, both.samples, both.sheet.name) == ("queued", [SAMPLES[0]], "")
    make(both)
    assert both.status == "succeeded"
    assert [each.image.name for each in LookPicture.objects.all()] == [kept]


def test_a_model_who_is_erased_meanwhile_is_not_shown(
    model: TrainingSample,
    garment: Garment,  # noqa: F811
    stub: StubPipeline,  # noqa: F811
    django_capture_on_commit_callbacks: Any,
) -> None:
    before = set(default_storage.listdir("lookbooks")[1]) if default_storage.exists("lookbooks") else set()

    def erase() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            sample_erase(sample=model, reason="requested")

    create([garment], [str(model.pk)])
    stub.on_warp = erase
    with django_capture_on_commit_callbacks(execute=True):
        tasks.make_lookbooks()
    assert not Lookbook.objects.exists()
    assert set(default_storage.listdir("lookbooks")[1]) == before


def test_a_model_whose_time_is_up_is_left_out_with_the_reason(
    model: TrainingSample,
    garment: Garment,  # noqa: F811
    merchant: Client,  # noqa: F811
) -> None:
    lookbook = create([garment], [str(model.pk)])
    TrainingSample.objects.update(expires_at="2020-01-01T00:00Z")
    make(lookbook)
    assert (lookbook.status, LookPicture.objects.get().error_code) == ("succeeded", "not_found")
    page = merchant.get(f"/admin/tryon/lookbook/{lookbook.pk}/change/").text
    assert "This model may not be shown any more." in page


def test_the_page_offers_models_by_a_picture_of_their_own(
    model: TrainingSample,
    garment: Garment,  # noqa: F811
    merchant: Client,  # noqa: F811
) -> None:
    page = merchant.get(ADD).text
    assert f'src="{picture_of(model)}" alt="Model in Wool coat" loading="lazy"' in page
    picture = merchant.get(picture_of(model))
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")
    assert "private, no-store" in picture["Cache-Control"]
    assert picture.content[:2] == b"\xff\xd8"
    merchant.post(ADD, {"name": "Spring", "samples": [str(model.pk)], "garments": [garment.pk]})
    lookbook = Lookbook.objects.get()
    page = merchant.get(f"/admin/tryon/lookbook/{lookbook.pk}/change/").text
    assert f'src="{picture_of(model)}" alt="Model in Wool coat"' in page


def test_the_picture_of_nobody_else_is_given(merchant: Client) -> None:  # noqa: F811
    owner = factories.shopper()
    factories.agree_to_training(owner)
    for sample in (factories.sample(factories.photo(owner)), factories.sample()):
        assert merchant.get(picture_of(sample)).status_code == 404


def test_a_lookbook_has_room_for_eight_people(garment: Garment) -> None:  # noqa: F811
    models = [factories.sample(in_lookbooks=True) for _ in range(9)]
    with pytest.raises(TryOnError, match="lookbook_crowded"):
        create([garment], [str(sample.pk) for sample in models])
    assert len(create([garment], [str(sample.pk) for sample in models[:8]]).samples) == 8
    assert lookbooks.TURN_SECONDS == 15
