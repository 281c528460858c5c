"""Model versions over HTTP: staff with the right to it read and promote; for all others there are none."""

import uuid

import pytest
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from tests.tryon import factories
from tryon.models import ModelVersion
from tryon.selectors.model_versions import models_serving

MODELS = "/api/v1/models/"


def rights(*names: str) -> APIClient:
    user = factories.user("trainer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def trainer(db: None) -> APIClient:
    return rights("view_modelversion", "promote_modelversion")


@pytest.fixture
def version(db: None) -> ModelVersion:
    return factories.model_version("autumn", metrics={"leak": 0.1}, manifest={"samples": {"s1": "x"}})


def test_staff_read_what_there_is_without_the_samples(trainer: APIClient, version: ModelVersion) -> None:
    child = factories.model_version("winter", base=version, verdict="worse")
    (newest, oldest) = trainer.get(MODELS).json()["results"]
    assert (newest["id"], newest["base"], newest["verdict"]) == (str(child.pk), str(version.pk), "worse")
    assert oldest == {
        "id": str(version.pk),
        "name": "autumn",
        "base": None,
        "training_run": None,
        "status": "candidate",
        "share": 0.0,
        "verdict": "",
        "metrics": {"leak": 0.1},
        "files": {},
        "tainted_at": None,
        "created_at": oldest["created_at"],
        "promoted_at": None,
    }
    assert trainer.get(f"{MODELS}{version.pk}/").json() == oldest


def test_staff_promote_and_roll_back(trainer: APIClient, version: ModelVersion) -> None:
    answer = trainer.post(f"{MODELS}{version.pk}/promote/").json()
    assert (answer["name"], answer["status"]) == ("autumn", "current")
    again = trainer.post(f"{MODELS}{version.pk}/promote/")
    assert (again.status_code, again.json()["code"]) == (409, "model_in_service")
    worse = factories.model_version("worse", verdict="worse")
    refused = trainer.post(f"{MODELS}{worse.pk}/promote/", {"override_reason": " "})
    assert (refused.status_code, refused.json()["code"]) == (409, "model_override_required")
    trainer.post(f"{MODELS}{worse.pk}/promote/", {"override_reason": "New season"})
    assert models_serving().current == worse
    assert trainer.post(f"{MODELS}rollback/").json()["model"]["name"] == "autumn"
    assert trainer.post(f"{MODELS}rollback/").json() == {"model": None}
    none = trainer.post(f"{MODELS}rollback/")
    assert (none.status_code, none.json()["code"]) == (409, "nothing_to_roll_back")


def test_staff_try_a_version_out(trainer: APIClient, version: ModelVersion) -> None:
    answer = trainer.post(f"{MODELS}{version.pk}/canary/", {"share": 0.2}).json()
    assert (answer["status"], answer["share"]) == ("canary", 0.2)
    for share in (-0.1, 1.01, "nan", None):
        refused = trainer.post(f"{MODELS}{version.pk}/canary/", {"share": share})
        assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "share")
    assert trainer.post(f"{MODELS}{version.pk}/canary/", {"share": 0}).json()["status"] == "candidate"


def test_who_may_look_may_not_promote(version: ModelVersion) -> None:
    reader = rights("view_modelversion")
    assert reader.get(f"{MODELS}{version.pk}/").status_code == 200
    for address in (f"{version.pk}/promote/", f"{version.pk}/canary/", "rollback/"):
        refused = reader.post(MODELS + address)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert models_serving().current is None


def test_other_staff_find_nothing(staff: APIClient, version: ModelVersion) -> None:
    unknown = staff.get(f"{MODELS}{uuid.uuid4()}/")
    assert unknown.status_code == 404
    assert staff.get(f"{MODELS}{version.pk}/").json() == unknown.json()
    assert staff.get(MODELS).json() == unknown.json()
