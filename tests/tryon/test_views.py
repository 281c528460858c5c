"""The pages of one's own try-ons: they work without a script and show nobody else's."""

import pytest
from django.template import Context, Template
from django.test import Client

from tests.tryon import factories
from tryon.identity import SESSION_KEY
from tryon.models import Consent, Photo, SealedObject, Shopper, TrainingSample, TryOnItem, TryOnJob

pytestmark = pytest.mark.django_db


def browser_of(shopper: Shopper) -> Client:
    """The browser of a guest."""
    client = Client()
    session = client.session
    session[SESSION_KEY] = str(shopper.pk)
    session.save()
    return client


@pytest.fixture
def job() -> TryOnJob:
    """A finished try-on of a guest."""
    photo = factories.photo(factories.shopper())
    return factories.tryon(photo, status=TryOnJob.Status.SUCCEEDED, result=True)


def test_a_visitor_has_nothing_and_gets_no_shopper_for_looking(client: Client) -> None:
    response = client.get("/tryon/")
    assert "You have not tried anything on yet." in response.text
    assert not Shopper.objects.exists()


def test_the_list_names_the_garment_and_the_expiry_and_is_not_kept_by_caches(job: TryOnJob) -> None:
    response = browser_of(job.shopper).get("/tryon/")
    assert "Striped shirt" in response.text
    assert f"/api/v1/tryons/{job.pk}/result/" in response.text
    assert f"/api/v1/photos/{job.photo_id}/image/" in response.text
    assert response.text.count("Kept until") == 2
    assert "no-store" in response["Cache-Control"]


def test_list_and_page_name_all_garments_of_an_outfit(job: TryOnJob) -> None:
    TryOnItem.objects.create(job=job, garment=factories.garment(name="Denim jacket", outer=True), position=1)
    browser = browser_of(job.shopper)
    for address in ("/tryon/", f"/tryon/{job.pk}/"):
        assert "Striped shirt + Denim jacket" in browser.get(address).text


def test_a_failed_try_on_says_why() -> None:
    photo = factories.photo(factories.shopper(), status=Photo.Status.FAILED)
    job = factories.tryon(photo, status=TryOnJob.Status.FAILED, error_code="no_person")
    browser = browser_of(photo.shopper)
    assert "We could not find a person" in browser.get("/tryon/").text
    assert "We could not find a person" in browser.get(f"/tryon/{job.pk}/").text


def test_the_page_of_a_try_on_offers_slider_download_and_deletion(job: TryOnJob) -> None:
    page = browser_of(job.shopper).get(f"/tryon/{job.pk}/").text
    assert 'data-testid="tryon-slider"' in page
    assert f"/api/v1/tryons/{job.pk}/result/?download=1" in page
    assert f"/tryon/{job.pk}/delete/" in page
    assert f"/tryon/photos/{job.photo_id}/delete/" in page
    assert "AI-made picture" in page
    assert "looks, not size" in page


def test_a_try_on_whose_photo_is_gone_shows_the_picture_alone(job: TryOnJob) -> None:
    TryOnJob.objects.update(photo=None)
    page = browser_of(job.shopper).get(f"/tryon/{job.pk}/").text
    assert f"/api/v1/tryons/{job.pk}/result/" in page
    assert 'data-testid="tryon-slider"' not in page


def test_deleting_a_try_on_erases_its_picture_and_keeps_the_photo(job: TryOnJob) -> None:
    response = browser_of(job.shopper).post(f"/tryon/{job.pk}/delete/")
    assert response["Location"] == "/tryon/"
    assert not TryOnJob.objects.exists()
    assert [row.kind for row in SealedObject.objects.all()] == ["photo"]


def test_deleting_a_photo_erases_the_pictures_made_from_it(job: TryOnJob) -> None:
    browser_of(job.shopper).post(f"/tryon/photos/{job.photo_id}/delete/")
    assert not Photo.objects.exists()
    assert not SealedObject.objects.exists()


def test_withdrawing_the_consent_deletes_the_photos(job: TryOnJob) -> None:
    browser_of(job.shopper).post("/tryon/consent/withdraw/")
    assert Consent.objects.get().withdrawn_at is not None
    assert not Photo.objects.exists()


def test_consent_to_training_is_asked_for_apart_and_unticked(job: TryOnJob) -> None:
    browser = browser_of(job.shopper)
    page = browser.get("/tryon/").text
    assert '<input type="checkbox" name="agree" required data-testid="training-consent">' in page
    assert "for 365 days at most" in page
    for data in ({"version": "2026-11"}, {"agree": "on", "version": "2025-01"}, {}):
        browser.post("/tryon/training/agree/", data)
    assert not job.shopper.consents.filter(purpose="training").exists()
    answer = browser.post("/tryon/training/agree/", {"agree": "on", "version": "2026-11"}, follow=True)
    assert "Thank you." in answer.text
    assert "training-consent" not in answer.text
    assert job.shopper.consents.get(purpose="training").withdrawn_at is None


def test_withdrawing_from_training_deletes_what_was_made_for_it(job: TryOnJob) -> None:
    factories.agree_to_training(job.shopper)
    factories.sample(job.photo)
    browser = browser_of(job.shopper)
    assert "We keep 1 picture made for this." in browser.get("/tryon/").text
    browser.post("/tryon/training/withdraw/")
    assert not TrainingSample.objects.exists()
    assert Photo.objects.get() == job.photo
    assert "training-consent" in browser.get("/tryon/").text


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/tryon/{job}/"),
        ("post", "/tryon/{job}/delete/"),
        ("post", "/tryon/photos/{photo}/delete/"),
    ],
)
def test_what_is_anothers_is_not_found(job: TryOnJob, method: str, address: str) -> None:
    stranger = browser_of(factories.shopper())
    address = address.format(job=job.pk, photo=job.photo_id)
    assert getattr(stranger, method)(address).status_code == 404
    assert TryOnJob.objects.exists()
    assert str(job.pk) not in stranger.get("/tryon/").text


DEEDS = [
    "{job}/delete/",
    "photos/{photo}/delete/",
    "consent/withdraw/",
    "training/agree/",
    "training/withdraw/",
]


@pytest.mark.parametrize("address", DEEDS)
def test_deeds_are_never_done_by_a_link(job: TryOnJob, address: str) -> None:
    address = address.format(job=job.pk, photo=job.photo_id)
    assert browser_of(job.shopper).get(f"/tryon/{address}").status_code == 405


def render(template: str, **context: object) -> str:
    return Template("{% load tryon %}" + template).render(Context(context))


def test_the_button_opens_the_dialog_of_its_garment_once_it_is_ready() -> None:
    garment = factories.garment()
    assert f'data-tryon-open="{garment.pk}"' in render("{% tryon_button garment %}", garment=garment)
    garment.status = "queued"
    assert "data-tryon-open" not in render("{% tryon_button garment %}", garment=garment)


def test_the_dialog_asks_for_an_unticked_consent_to_todays_text() -> None:
    page = render('{% tryon_dialog garment cart_form="add" %}', garment=factories.garment())
    assert 'data-part="consent" data-testid="tryon-consent">' in page
    assert 'data-version="2026-11"' in page
    assert "deleted after 24 hours, the pictures after 72 hours" in page
    assert 'data-cart-form="add"' in page
    for name in (
        "file",
        "progress",
        "result",
        "slider",
        "download",
        "delete",
        "another",
        "add-to-cart",
        "error",
    ):
        assert f'data-testid="tryon-{name}"' in page


def test_a_page_without_a_cart_has_no_add_to_cart() -> None:
    page = render("{% tryon_dialog garment %}", garment=factories.garment())
    assert 'data-testid="tryon-add-to-cart"' not in page


def test_a_visitor_downloads_and_deletes_everything(job: TryOnJob) -> None:
    browser = browser_of(job.shopper)
    page = browser.get("/tryon/").text
    assert "/api/v1/me/export/" in page
    assert 'action="/tryon/erase/"' in page
    answer = browser.post("/tryon/erase/", follow=True)

    assert "Everything is deleted." in answer.text
    assert "/api/v1/me/export/" not in answer.text
    assert not Shopper.objects.exists()
    assert not SealedObject.objects.exists()
    assert browser.get("/tryon/erase/").status_code == 405
    assert browser.post("/tryon/erase/", follow=True).status_code == 200
