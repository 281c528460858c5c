"""Every family of hostile pictures meets the upload endpoint; `script/chaos --only 16` sends all of them."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient
from rest_framework.throttling import SimpleRateThrottle

from tests.tryon import factories
from tests.tryon.api.browsers import browser_of
from tests.tryon.hostile import MARK, Hostile, corpus
from tryon.models import Photo
from tryon.services.photo_store import object_open

CORPUS = corpus()
STRIDE = 6


def test_there_are_more_than_three_hundred_and_no_two_are_called_the_same() -> None:
    assert len({(case.family, case.name) for case in CORPUS}) == len(CORPUS) >= 300


def test_the_sample_below_has_all_families() -> None:
    assert {case.family for case in CORPUS[::STRIDE]} == {case.family for case in CORPUS}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", CORPUS[::STRIDE], ids=lambda case: f"{case.family}: {case.name}")
def test_a_hostile_picture_is_made_clean_or_refused_with_a_reason(
    case: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimpleRateThrottle, "parse_rate", lambda self, rate: (10_000, 60))
    browser: APIClient = browser_of(factories.shopper())
    upload = SimpleUploadedFile(case.filename, case.make())
    response = browser.post("/api/v1/photos/", {"image": upload}, format="multipart")
    answer = json.loads(response.content)
    assert answer.get("code", "created") in case.answers
    assert response.status_code == {"image_too_large": 413}.get(
        answer.get("code"), 400 if "code" in answer else 201
    )
    if response.status_code == 201:
        stored = object_open(sealed=Photo.objects.get().sealed)
        assert stored.startswith(b"\xff\xd8")
        assert MARK not in stored
    else:
        assert not Photo.objects.exists()
