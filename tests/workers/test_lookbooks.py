"""Lookbooks from the choice to the sheets, with a pipeline that paints."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ProtectedError
from django.test import Client
from PIL import Image

from ml.errors import Refusal
from shop.roles import MERCHANT
from tests.tryon import factories
from tests.workers.stubs import StubPipeline, engine_of
from tryon.errors import TryOnError
from tryon.models import Garment, Look, Lookbook, LookPicture
from tryon.services.garments import garment_delete
from tryon.services.lookbooks import look_add, look_remove, lookbook_create, lookbook_delete
from workers import engines, handlers, lookbooks, previews, runner, tasks

pytestmark = pytest.mark.django_db
SAMPLES = [each["image"] for each in settings.TRYON["SAMPLE_PHOTOS"]]


@pytest.fixture(autouse=True)
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubPipeline]:
    pipeline = StubPipeline()
    monkeypatch.setattr(engines, "engine", engine_of(pipeline))
    monkeypatch.setattr(runner, "announce", lambda model: None)
    handlers._cloths.clear()
    previews._people.clear()
    yield pipeline
    previews._people.clear()


@pytest.fixture
def garment() -> Garment:
    picture = Image.new("RGB", (80, 100), "white")
    picture.paste((40, 80, 160), (20, 20, 60, 80))
    row = factories.garment(name="Blue shirt")
    row.image.save("square.png", ContentFile(factories.encoded(picture, "PNG")))
    return row


@pytest.fixture
def lookbook(garment: Garment) -> Lookbook:
    return lookbook_create(name="Spring", garments=[garment], samples=SAMPLES[1::-1], user_id=None)


@pytest.fixture
def merchant(client: Client) -> Client:
    user = factories.user("merchant", is_staff=True)
    user.groups.add(Group.objects.get(name=MERCHANT))
    client.force_login(user)
    return client


def make(lookbook: Lookbook) -> Lookbook:
    while tasks.make_lookbooks():
        pass
    lookbook.refresh_from_db()
    return lookbook


def opened(field: Any) -> Image.Image:
    with field.open() as file:
        return Image.open(io.BytesIO(file.read()))


def test_pictures_and_both_sheets_are_made(lookbook: Lookbook, stub: StubPipeline) -> None:
    make(lookbook)
    assert (lookbook.status, lookbook.error_code, lookbook.samples) == ("succeeded", "", SAMPLES[:2])
    assert [picture.sample for picture in LookPicture.objects.all()] == SAMPLES[:2]
    assert (stub.people, stub.cloths) == (2, 1)
    sheet = opened(lookbook.sheet)
    assert (sheet.format, sheet.size) == ("PNG", (144 + 3 * 480 + 2 * 24, 144 + 120 + 640 + 72 + 24))
    assert "compositeWithTrainedAlgorithmicMedia" in sheet.text["XML:com.adobe.xmp"]
    with lookbook.document.open() as file:
        document = file.read()
    assert document.startswith(b"%PDF-")
    assert document.count(b"/Type /Page\n") == 1


def test_a_variation_changes_the_garment_and_keeps_pictures_that_are_there(
    lookbook: Lookbook, garment: Garment
) -> None:
    make(lookbook)
    before = set(LookPicture.objects.values_list("image", flat=True))
    old_sheet = lookbook.sheet.name
    look = look_add(lookbook=lookbook, garment=garment, colour="#c02030")
    lookbook.refresh_from_db()
    assert (lookbook.status, lookbook.sheet.name) == ("queued", "")
    make(lookbook)
    look.refresh_from_db()
    cloth = np.asarray(opened(look.cloth).convert("RGBA"))
    red, _green, blue, alpha = cloth[50, 40]
    assert (red > 150, blue < 90, alpha, cloth[5, 5, 3]) == (True, True, 255, 0)
    after = set(LookPicture.objects.values_list("image", flat=True))
    assert before < after
    assert len(after) == 4
    assert lookbook.sheet.name != old_sheet


def test_a_print_is_decoded_first_and_goes_with_its_look(
    lookbook: Lookbook, garment: Garment, django_capture_on_commit_callbacks: Any
) -> None:
    with pytest.raises(TryOnError, match="unsupported_image"):
        look_add(lookbook=lookbook, garment=garment, motif=b"GIF89a")
    motif = factories.encoded(Image.new("RGB", (30, 30), "green"), "PNG")
    look = look_add(lookbook=lookbook, garment=garment, motif=motif, repeat=True)
    make(lookbook)
    look.refresh_from_db()
    assert opened(look.motif).format == "JPEG"
    names = [look.motif.name, look.cloth.name, *(each.image.name for each in look.pictures.all())]
    assert all(default_storage.exists(name) for name in names)
    with django_capture_on_commit_callbacks(execute=True):
        look_remove(look=look)
    assert not any(default_storage.exists(name) for name in names)
    assert Look.objects.count() == 1


def test_a_lookbook_that_is_deleted_meanwhile_takes_and_gives_no_looks(
    lookbook: Lookbook, garment: Garment
) -> None:
    look = lookbook.looks.get()
    Lookbook.objects.filter(pk=lookbook.pk).delete()
    with pytest.raises(TryOnError, match="not_found"):
        look_add(lookbook=lookbook, garment=garment, colour="#c02030")
    with pytest.raises(TryOnError, match="not_found"):
        look_remove(look=look)


def test_a_turn_ends_in_time_and_the_next_one_goes_on(
    lookbook: Lookbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookbooks, "TURN_SECONDS", -1.0)
    tasks.make_lookbooks()
    lookbook.refresh_from_db()
    assert (lookbook.status, lookbook.attempts, LookPicture.objects.count()) == ("queued", 0, 1)
    tasks.make_lookbooks()
    lookbook.refresh_from_db()
    assert (lookbook.status, LookPicture.objects.count()) == ("succeeded", 2)


def test_who_cannot_wear_it_is_left_out_with_the_reason(
    lookbook: Lookbook, stub: StubPipeline, monkeypatch: pytest.MonkeyPatch, merchant: Client
) -> None:
    def refuse(*_args: object) -> None:
        raise Refusal("low_confidence")

    monkeypatch.setattr(stub, "dress", refuse)
    make(lookbook)
    assert lookbook.status == "succeeded"
    assert set(LookPicture.objects.values_list("error_code", "image")) == {("low_confidence", "")}
    page = merchant.get(f"/admin/tryon/lookbook/{lookbook.pk}/change/").text
    assert page.count("the garment does not sit believably") == 2


def test_what_cannot_be_made_is_refused(lookbook: Lookbook, garment: Garment) -> None:
    waiting = factories.garment(status="running")
    wrong: list[tuple[str, Callable[[], object]]] = [
        ("lookbook_empty", lambda: create([], SAMPLES)),
        ("lookbook_empty", lambda: create([garment], [])),
        ("lookbook_full", lambda: create([garment] * 13, SAMPLES)),
        ("not_found", lambda: create([garment], ["samples/somebody.jpg"])),
        ("garment_not_ready", lambda: create([waiting], SAMPLES)),
        ("variation_empty", lambda: look_add(lookbook=lookbook, garment=garment, repeat=True)),
        ("colour_invalid", lambda: look_add(lookbook=lookbook, garment=garment, colour="red")),
    ]
    for code, deed in wrong:
        with pytest.raises(TryOnError, match=code):
            deed()
    for _ in range(11):
        look_add(lookbook=lookbook, garment=garment, colour="#112233")
    with pytest.raises(TryOnError, match="lookbook_full"):
        look_add(lookbook=lookbook, garment=garment, colour="#112233")


def create(garments: list[Garment], samples: list[str]) -> Lookbook:
    return lookbook_create(name="x", garments=garments, samples=samples, user_id=None)


def test_a_garment_in_a_lookbook_stays_until_that_goes(
    lookbook: Lookbook, garment: Garment, django_capture_on_commit_callbacks: Any
) -> None:
    make(lookbook)
    with pytest.raises(ProtectedError):
        garment_delete(garment=garment)
    names = [lookbook.sheet.name, lookbook.document.name, Look.objects.get().cloth.name]
    with django_capture_on_commit_callbacks(execute=True):
        lookbook_delete(lookbook=lookbook)
    assert not any(default_storage.exists(name) for name in names)
    garment_delete(garment=garment)


def test_a_lookbook_that_is_deleted_meanwhile_leaves_nothing(
    lookbook: Lookbook, stub: StubPipeline, django_capture_on_commit_callbacks: Any
) -> None:
    before = set(default_storage.listdir("lookbooks")[1]) if default_storage.exists("lookbooks") else set()

    def delete() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            lookbook_delete(lookbook=Lookbook.objects.get())

    stub.on_warp = delete
    tasks.make_lookbooks()
    assert not Lookbook.objects.exists()
    assert set(default_storage.listdir("lookbooks")[1]) == before


def test_the_pages_make_vary_and_take_out(merchant: Client, garment: Garment) -> None:
    add = "/admin/tryon/lookbook/add/"
    assert "Blue shirt" in merchant.get(add).text
    nothing = merchant.post(add, {"name": "Spring", "samples": SAMPLES[:1]})
    assert "Choose at least one garment" in nothing.text
    merchant.post(add, {"name": "Spring", "samples": SAMPLES[:1], "garments": [garment.pk]})
    made = Lookbook.objects.get()
    page = f"/admin/tryon/lookbook/{made.pk}/"
    assert f'data-live="{page}status/"' in merchant.get(f"{page}change/").text
    assert merchant.get(f"{page}status/").json()["done"] is False
    make(made)
    assert made.document.url in merchant.get(f"{page}status/").json()["html"]
    motif = SimpleUploadedFile("m.png", factories.encoded(Image.new("RGB", (9, 9)), "PNG"))
    merchant.post(
        f"{page}vary/", {"garment": garment.pk, "recolour": "on", "colour": "#102030", "motif": motif}
    )
    look = Look.objects.latest("pk")
    assert (look.colour, bool(look.motif), look.repeat) == ("#102030", True, False)
    empty = merchant.post(f"{page}vary/", {"garment": garment.pk, "colour": "#102030"}, follow=True)
    assert "Choose a colour or a print" in empty.text
    other = merchant.post(f"{page}vary/", {"garment": factories.garment().pk, "recolour": "on"}, follow=True)
    assert "Choose a garment of this lookbook" in other.text
    for rest in (1, 1):
        merchant.post(f"{page}remove/{Look.objects.first().pk}/")
        assert Look.objects.count() == rest
    assert merchant.post(f"{page}remove/0/").status_code == 404
