"""Asking for a try-on over HTTP, following it, and getting the picture."""

import uuid

import pytest
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.tryon import factories
from tryon.errors import ERRORS
from tryon.models import SealedObject, Shopper, TryOnJob
from tryon.services.photo_store import object_open

TRYONS = "/api/v1/tryons/"


def ask(client: APIClient, shopper: Shopper, key: str = "", **changes: object) -> "object":
    """Ask for a try-on with a new photo and garment, unless `changes` names others."""
    body = {"photo": changes.get("photo") or str(factories.photo(shopper).pk)}
    body["garments"] = changes.get("garments") or [str(factories.garment().pk)]
    return client.post(TRYONS, body, format="json", headers={"Idempotency-Key": key} if key else {})


def test_a_tryon_is_queued(guest: APIClient, shopper: Shopper) -> None:
    photo, garment = factories.photo(shopper), factories.garment()
    response = ask(guest, shopper, photo=str(photo.pk), garments=[str(garment.pk)])
    job = TryOnJob.objects.get()
    assert response.status_code == 202
    assert response["Location"] == f"{TRYONS}{job.pk}/"
    assert "Idempotency-Replayed" not in response
    body = response.json()
    assert body == {
        "id": str(job.pk),
        "status": "queued",
        "stage": "",
        "progress": 0.0,
        "queue_position": 1,
        "eta_s": None,
        "error": None,
        "result_url": None,
        "confidence": None,
        "photo": str(photo.pk),
        "garments": [str(garment.pk)],
        "model_version": "",
        "created_at": body["created_at"],
        "finished_at": None,
        "expires_at": body["expires_at"],
    }


def test_the_quota_is_counted_down_and_then_refused(
    guest: APIClient, shopper: Shopper, settings: Settings
) -> None:
    settings.TRYON = settings.TRYON | {"DAILY_LIMIT_GUEST": 2}
    answers = [ask(guest, shopper) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert [answer["RateLimit-Limit"] for answer in answers] == ["2", "2", "2"]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].json()["code"] == "quota_exceeded"
    assert 0 < int(answers[2]["Retry-After"]) <= 86_400
    assert 0 < int(answers[2]["RateLimit-Reset"]) <= 86_400


def test_deleting_a_tryon_gives_no_quota_back(guest: APIClient, shopper: Shopper, settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"DAILY_LIMIT_GUEST": 1}
    job_id = ask(guest, shopper).json()["id"]
    assert guest.delete(f"{TRYONS}{job_id}/").status_code == 200
    assert ask(guest, shopper).status_code == 429


def test_a_full_queue_says_when_to_come_back_and_is_logged_once(
    guest: APIClient, shopper: Shopper, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRYON = settings.TRYON | {"MAX_QUEUE": 1}
    assert ask(guest, shopper).status_code == 202
    refused = ask(guest, shopper)
    assert (refused.status_code, refused.json()["code"]) == (503, "queue_full")
    assert refused["Retry-After"] == "25"
    loud = [record.name for record in caplog.records if record.levelname == "ERROR"]
    assert loud == ["django_structlog.middlewares.request"]  # the one line that holds the id of the request


def test_the_same_key_is_the_same_tryon(guest: APIClient, shopper: Shopper) -> None:
    body = {"photo": str(factories.photo(shopper).pk), "garments": [str(factories.garment().pk)]}
    first, again = ask(guest, shopper, "k1", **body), ask(guest, shopper, "k1", **body)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert again["Idempotency-Replayed"] == "true"
    assert again["RateLimit-Remaining"] == first["RateLimit-Remaining"]
    other = ask(guest, shopper, "k1", photo=body["photo"])
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_a_key_that_is_too_long_is_refused(guest: APIClient, shopper: Shopper) -> None:
    refused = ask(guest, shopper, "k" * 65)
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize(
    ("photo", "garment", "status", "code"),
    [
        ({"status": "failed", "error_code": "no_person"}, {}, 422, "no_person"),
        ({"expires_at": timezone.now()}, {}, 410, "photo_expired"),
        ({"status": "cancelled"}, {}, 409, "photo_not_ready"),
        ({"checks": {"categories": ["upper_body"]}}, {"category": "dresses"}, 422, "person_cropped"),
        ({}, {"status": "queued"}, 409, "garment_not_ready"),
        ({}, {"status": "failed"}, 409, "garment_not_ready"),
    ],
)
def test_what_cannot_be_worn_is_refused_at_once(
    guest: APIClient, shopper: Shopper, photo: dict, garment: dict, status: int, code: str
) -> None:
    ids = {
        "photo": str(factories.photo(shopper, **photo).pk),
        "garments": [str(factories.garment(**garment).pk)],
    }
    refused = ask(guest, shopper, **ids)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    shopper.refresh_from_db()
    assert (TryOnJob.objects.count(), shopper.quota_used) == (0, 0)


def test_what_cannot_be_worn_together_is_refused(guest: APIClient, shopper: Shopper) -> None:
    pair = [str(factories.garment(category=category).pk) for category in ("dresses", "upper_body")]
    refused = ask(guest, shopper, garments=pair)
    assert (refused.status_code, refused.json()) == (
        422,
        {
            "type": "client_error",
            "code": "outfit_conflict",
            "detail": str(ERRORS["outfit_conflict"].message),
            "errors": [
                {"code": "outfit_conflict", "detail": str(ERRORS["outfit_conflict"].message), "attr": None}
            ],
        },
    )


def test_an_outfit_is_answered_in_the_order_of_dressing(guest: APIClient, shopper: Shopper) -> None:
    jacket = factories.garment(outer=True, name="Jacket")
    dress = factories.garment(category="dresses", name="Dress")
    body = ask(guest, shopper, garments=[str(jacket.pk), str(dress.pk)]).json()
    assert body["garments"] == [str(dress.pk), str(jacket.pk)]
    assert guest.get(TRYONS).json()["results"][0]["garments"] == body["garments"]


@pytest.mark.parametrize("missing", ["photo", "garments"])
def test_what_does_not_exist_is_not_found(guest: APIClient, shopper: Shopper, missing: str) -> None:
    unknown = str(uuid.uuid4())
    refused = ask(guest, shopper, **{missing: unknown if missing == "photo" else [unknown]})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_anothers_photo_cannot_be_used(guest: APIClient, shopper: Shopper) -> None:
    refused = ask(guest, shopper, photo=str(factories.photo(factories.shopper()).pk))
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_without_consent_there_is_no_tryon(visitor: APIClient, shopper: Shopper) -> None:
    assert ask(visitor, shopper).json()["code"] == "consent_required"


def test_withdrawn_consent_stops_what_waits(guest: APIClient, shopper: Shopper) -> None:
    job_id = ask(guest, shopper).json()["id"]
    assert guest.delete("/api/v1/consents/tryon/").status_code == 204
    assert guest.get(f"{TRYONS}{job_id}/").json()["status"] == "cancelled"
    assert ask(guest, shopper).json()["code"] == "consent_required"


@pytest.mark.parametrize(
    ("body", "attr", "code"),
    [
        ({"garments": []}, "garments", "empty"),
        ({"garments": ["x"]}, "garments.0", "invalid"),
        ({"garments": [str(uuid.uuid4()) for _ in range(4)]}, "garments", "max_length"),
        ({"garments": ["6d2cdc1e-3c2f-4d53-93cf-6a0c0a3f8d0e"] * 2}, "garments", "duplicate"),
        ({}, "garments", "required"),
    ],
)
def test_a_malformed_body_is_explained(guest: APIClient, body: dict, attr: str, code: str) -> None:
    refused = guest.post(TRYONS, {"photo": str(uuid.uuid4())} | body, format="json")
    assert refused.status_code == 400
    assert [(error["attr"], error["code"]) for error in refused.json()["errors"]] == [(attr, code)]
    assert refused.json()["code"] == code


def test_waiting_is_told_with_position_and_time(guest: APIClient, shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    now = timezone.now()
    factories.tryon(
        photo, status="succeeded", started_at=now - timezone.timedelta(seconds=4), finished_at=now
    )
    factories.tryon(photo)
    job = factories.tryon(photo)
    response = guest.get(f"{TRYONS}{job.pk}/")
    assert (response.json()["queue_position"], response.json()["eta_s"]) == (2, 12)
    assert response["Retry-After"] == "1"


def test_a_finished_tryon_has_a_picture_for_its_owner(guest: APIClient, shopper: Shopper) -> None:
    job = factories.tryon(factories.photo(shopper), status="succeeded", result=True)
    answer = guest.get(f"{TRYONS}{job.pk}/").json()
    assert answer["result_url"] == f"{TRYONS}{job.pk}/result/"
    response = guest.get(answer["result_url"])
    assert response.content == object_open(sealed=job.result)
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == 'inline; filename="try-on.png"'
    download = guest.get(f"{answer['result_url']}?download=1")
    assert download["Content-Disposition"] == 'attachment; filename="try-on.png"'


@pytest.mark.parametrize(
    ("status", "http", "code"),
    [
        ("queued", 409, "result_not_ready"),
        ("running", 409, "result_not_ready"),
        ("failed", 409, "result_not_ready"),
        ("expired", 410, "result_expired"),
    ],
)
def test_there_is_no_picture_before_success_or_after_expiry(
    guest: APIClient, shopper: Shopper, status: str, http: int, code: str
) -> None:
    job = factories.tryon(factories.photo(shopper), status=status)
    refused = guest.get(f"{TRYONS}{job.pk}/result/")
    assert (refused.status_code, refused.json()["code"]) == (http, code)
    assert guest.get(f"{TRYONS}{job.pk}/").json()["result_url"] is None


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("get", "result/"), ("post", "cancel/"), ("delete", "")]
)
def test_anothers_tryon_is_like_one_that_never_was(guest: APIClient, method: str, path: str) -> None:
    theirs = factories.tryon(factories.photo(factories.shopper()), status="succeeded", result=True)
    answers = [getattr(guest, method)(f"{TRYONS}{job_id}/{path}") for job_id in (theirs.pk, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["code"] == "not_found"
    assert TryOnJob.objects.get().status == "succeeded"


def test_a_failure_says_what_to_do(guest: APIClient, shopper: Shopper) -> None:
    job = factories.tryon(factories.photo(shopper), status="failed", error_code="low_confidence")
    answer = guest.get(f"{TRYONS}{job.pk}/").json()
    assert answer["error"] == {"code": "low_confidence", "detail": str(ERRORS["low_confidence"].message)}


def test_cancelling_twice_and_too_late(guest: APIClient, shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    waiting, done = factories.tryon(photo), factories.tryon(photo, status="succeeded")
    statuses = [guest.post(f"{TRYONS}{job.pk}/cancel/").json()["status"] for job in (waiting, waiting, done)]
    assert statuses == ["cancelled", "cancelled", "succeeded"]


def test_deleting_erases_the_picture(guest: APIClient, shopper: Shopper) -> None:
    job = factories.tryon(factories.photo(shopper), status="succeeded", result=True)
    receipt = guest.delete(f"{TRYONS}{job.pk}/").json()["receipt"]
    assert (receipt["object_id"], receipt["kind"]) == (str(job.result_id), "result")
    assert not TryOnJob.objects.exists()
    assert not SealedObject.objects.filter(kind="result").exists()
    waiting = factories.tryon(job.photo)
    assert guest.delete(f"{TRYONS}{waiting.pk}/").json() == {"receipt": None}


def test_the_list_comes_in_pages_newest_first(guest: APIClient, shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    mine = [str(factories.tryon(photo).pk) for _ in range(3)]
    factories.tryon(factories.photo(factories.shopper()))
    page = guest.get(f"{TRYONS}?page_size=2").json()
    assert [job["id"] for job in page["results"]] == [mine[2], mine[1]]
    rest = guest.get(page["next"]).json()
    assert [job["id"] for job in rest["results"]] == [mine[0]]
    assert rest["next"] is None


@pytest.mark.parametrize("asked", ["page_size=0", "page_size=101", "page_size=x", "page_size=1&page_size=2"])
def test_a_page_size_that_cannot_be_had_is_refused(guest: APIClient, asked: str) -> None:
    response = guest.get(f"{TRYONS}?{asked}")
    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"code": "invalid", "detail": "A whole number from 1 to 100.", "attr": "page_size"}
    ]


def test_the_document_says_how_many_garments_an_outfit_has(guest: APIClient) -> None:
    document = guest.get("/api/schema/?format=json").json()
    garments = document["components"]["schemas"]["TryOnSubmitRequest"]["properties"]["garments"]
    assert (garments["minItems"], garments["maxItems"], garments["uniqueItems"]) == (1, 3, True)
