"""What is trained on, and what came of it, over HTTP: never a shopper, never a picture of one."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from shop.roles import MERCHANT, PRIVACY_OFFICER, TRAINER
from tests.tryon import factories
from tests.tryon.api.browsers import browser_in
from tryon.errors import ERRORS
from tryon.models import ModelVersion, PendingAuditEntry, SealedObject, TrainingRun, TrainingSample
from tryon.pseudonyms import shopper_pseudonym
from tryon.services.photo_store import object_open
from tryon.services.training_runs import run_keep_sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_stores")]
SAMPLES = "/api/v1/training-samples/"
RUNS = "/api/v1/training-runs/"
REPORT = {
    "verdict": "better",
    "why": "Told in English.",
    "comparisons": [
        {
            "name": "error",
            "hold_out": "store",
            "unit": "px",
            "pairs": 30,
            "current": 1.5,
            "candidate": 0.5,
            "difference": -1.0,
            "low": -1.25,
            "high": -0.75,
            "verdict": "better",
            "enough": True,
        }
    ],
}


def audited() -> list[tuple[str, str, str]]:
    kept = PendingAuditEntry.objects.filter(object_kind="trainingsample").order_by("pk")
    return list(kept.values_list("action", "object_id", "subject"))


def form(**changes: object) -> dict[str, object]:
    picture = SimpleUploadedFile("a.jpg", factories.encoded(factories.picture()))
    return {"picture": picture, "garment": factories.garment().pk, "licence_note": " Contract "} | changes


def test_a_merchant_adds_a_photo_with_what_permits_its_use(staff: APIClient) -> None:
    response = staff.post(SAMPLES, form(), format="multipart")
    answer = response.json()
    sample = TrainingSample.objects.get()
    assert response.status_code == 201
    assert answer == {
        "id": str(sample.pk),
        "source": "merchant",
        "status": "queued",
        "error": None,
        "garment": str(sample.garment_id),
        "licence_note": "Contract",
        "sha256": "",
        "quality": {},
        "created_at": answer["created_at"],
        "finished_at": None,
        "expires_at": answer["expires_at"],
    }
    assert sample.upload is not None
    assert object_open(sealed=sample.upload)[:2] == b"\xff\xd8"
    assert audited() == [("create", str(sample.pk), "")]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"licence_note": ""}, 400, "licence_note_required"),
        ({"licence_note": "  "}, 400, "licence_note_required"),
        ({"licence_note": "x" * 256}, 400, "max_length"),
        ({"picture": SimpleUploadedFile("a.jpg", b"no picture")}, 400, "unsupported_image"),
        ({"picture": "a.jpg"}, 400, "invalid"),
        ({"garment": "x"}, 400, "invalid"),
        ({"garment": "00000000-0000-4000-8000-000000000000"}, 404, "not_found"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_photo_that_may_not_or_cannot_be_used_is_refused(
    staff: APIClient, changes: dict[str, object], status: int, code: str
) -> None:
    refused = staff.post(SAMPLES, form(**changes), format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert not TrainingSample.objects.exists()
    assert not SealedObject.objects.exists()


def test_what_is_left_out_is_named(staff: APIClient) -> None:
    refused = staff.post(SAMPLES, {}, format="multipart").json()["errors"]
    assert [(error["attr"], error["code"]) for error in refused] == [
        ("picture", "required"),
        ("garment", "required"),
        ("licence_note", "required"),
    ]


def test_a_trainer_learns_nothing_of_the_shopper_and_each_look_is_recorded() -> None:
    owner = factories.shopper()
    factories.agree_to_training(owner)
    photo = factories.photo(owner)
    sample = factories.sample(photo, quality={"size": "slim"})
    trainer = browser_in(TRAINER)
    page = trainer.get(SAMPLES)
    (listed,) = page.json()["results"]
    assert listed == trainer.get(f"{SAMPLES}{sample.pk}/").json()
    assert (listed["source"], listed["quality"]) == ("shopper", {"size": "slim"})
    for secret in (owner.pk, photo.pk, sample.sealed_id):
        assert str(secret) not in page.text
    assert "/image" not in page.text
    assert audited() == [("list", "", ""), ("view", str(sample.pk), shopper_pseudonym(owner.pk))]


def test_the_privacy_officer_erases_and_others_may_not() -> None:
    sample = factories.sample()
    version = factories.model_version(manifest={"samples": {str(sample.pk): sample.sha256}})
    address = f"{SAMPLES}{sample.pk}/"
    for role in (MERCHANT, TRAINER):
        refused = browser_in(role).delete(address)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    officer = browser_in(PRIVACY_OFFICER)
    receipt = officer.delete(address).json()["receipt"]
    assert (receipt["object_id"], receipt["reason"]) == (str(sample.sealed_id), "requested")
    assert not TrainingSample.objects.exists()
    assert not SealedObject.objects.exists()
    version.refresh_from_db()
    assert version.tainted_at is not None
    assert officer.delete(address).json()["code"] == "not_found"


def test_a_sample_without_a_picture_leaves_no_receipt() -> None:
    sample = factories.sample(status="queued")
    assert browser_in(PRIVACY_OFFICER).delete(f"{SAMPLES}{sample.pk}/").json() == {"receipt": None}


def test_neither_a_trainer_nor_an_officer_adds_photos() -> None:
    for role in (TRAINER, PRIVACY_OFFICER):
        refused = browser_in(role).post(SAMPLES, form(), format="multipart")
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert not TrainingSample.objects.exists()


def test_the_report_counts_and_names_what_to_look_at() -> None:
    measured = {"width": 9, "height": 9, "sharpness": 0.1, "size": "slim", "categories": ["dresses"]}
    first, second = [factories.sample(data=b"a", quality=measured) for _ in range(2)]
    factories.sample(status="failed", error_code="face_covered")
    both = [str(first.pk), str(second.pk)]
    assert browser_in(TRAINER).get(f"{SAMPLES}report/").json() == {
        "total": 2,
        "sources": {"merchant": 2},
        "categories": {"dresses": 2},
        "sizes": {"slim": 2},
        "tones": {"unknown": 2},
        "sleeves": {"unknown": 2},
        "rare": {
            "categories": ["upper_body", "lower_body"],
            "sizes": ["middle", "broad"],
            "tones": [],
            "sleeves": [],
        },
        "repeated": both,
        "alike": [],
        "blurred": both,
        "small": both,
        "other_worn": [],
        "refused": {"face_covered": 1},
    }
    assert audited() == [("list", "", "")]


def compared(**fields: Any) -> TrainingRun:
    """A run whose candidate was compared with the built-in version."""
    version = factories.model_version("spring", metrics={"against": "built-in"}, verdict="better")
    return TrainingRun.objects.create(steps=5, status="succeeded", candidate=version, report=REPORT, **fields)


def test_the_table_of_the_gate_is_read_as_json() -> None:
    run = compared()
    trainer = browser_in(TRAINER)
    answer = trainer.get(f"{RUNS}{run.pk}/comparison/").json()
    told = (
        "Twins in the store's garments: Error of the place went from 1.5 to 0.5 px (difference -1, 95 % "
        "interval -1.25 to -0.75, 30 pairs).\nNothing is worse."
    )
    assert answer == {
        "candidate": str(run.candidate_id),
        "against": "built-in",
        "outdated": False,
        "verdict": "better",
        "why": told,
        "comparisons": REPORT["comparisons"],
    }
    model = trainer.get(f"/api/v1/models/{run.candidate_id}/").json()
    assert model["training_run"] == str(run.pk)
    factories.model_version("summer", status="current")
    assert trainer.get(f"{RUNS}{run.pk}/comparison/").json()["outdated"] is True
    ModelVersion.objects.filter(name="summer").update(status="retired")
    ModelVersion.objects.filter(pk=run.candidate_id).update(status="current", promoted_at=run.created_at)
    assert trainer.get(f"{RUNS}{run.pk}/comparison/").json()["outdated"] is False


def test_what_was_not_compared_has_no_table_and_no_sheet() -> None:
    run = TrainingRun.objects.create(steps=5)
    trainer = browser_in(TRAINER)
    for page in ("comparison/", "sheet/"):
        for pk in (run.pk, uuid.uuid4()):
            missing = trainer.get(f"{RUNS}{pk}/{page}")
            assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
            assert missing.json()["detail"] == str(ERRORS["not_found"].message)


def test_the_sheet_is_a_picture() -> None:
    run = TrainingRun.objects.create(
        steps=5, status="running", fencing_token=1, lease_until="2030-01-01T00:00:00Z"
    )
    assert run_keep_sheet(run=run, data=b"\x89PNG")
    sheet = browser_in(TRAINER).get(f"{RUNS}{run.pk}/sheet/?download")
    assert (sheet.content, sheet["Content-Type"]) == (b"\x89PNG", "image/png")
    assert sheet["Content-Disposition"] == 'attachment; filename="sheet.png"'
    assert sheet["Cache-Control"] == "no-store"
    assert browser_in(MERCHANT).get(f"{RUNS}{run.pk}/sheet/").json()["code"] == "not_found"
