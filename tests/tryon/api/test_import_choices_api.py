"""An import over HTTP: the verdict about each picture, and adding, all of it or nothing."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from rest_framework.test import APIClient

from tests.tryon import factories
from tests.tryon.api.browsers import browser_with
from tryon.errors import ADVICE, ERRORS
from tryon.models import Garment, GarmentImport

IMPORTS = "/api/v1/garment-imports/"


@pytest.fixture
def looked_at(db: None) -> GarmentImport:
    return factories.looked_at_import()


def test_each_picture_has_its_verdict(staff: APIClient, looked_at: GarmentImport) -> None:
    answer = staff.get(f"{IMPORTS}{looked_at.pk}/").json()
    pictures = [item.image.url for item in looked_at.items.all()]
    assert answer == {
        "id": str(looked_at.pk),
        "status": "succeeded",
        "error": None,
        "created_at": answer["created_at"],
        "finished_at": None,
        "figures": {"total": 3, "settled": 3, "usable": 2, "refused": 1, "added": 0, "done": True},
        "items": [
            {
                "position": 0,
                "source": "a.jpg",
                "status": "succeeded",
                "error": None,
                "advice": [
                    {"code": "cloth_low_resolution", "detail": str(ADVICE["cloth_low_resolution"])},
                ],
                "name": "Coat",
                "sku": "C-1",
                "category": "upper_body",
                "certainty": None,
                "outer": True,
                "image_url": pictures[0],
                "garment": None,
            },
            {
                "position": 1,
                "source": "b.jpg",
                "status": "succeeded",
                "error": None,
                "advice": [],
                "name": "Dress",
                "sku": "",
                "category": "dresses",
                "certainty": 0.873,
                "outer": False,
                "image_url": pictures[1],
                "garment": None,
            },
            {
                "position": 2,
                "source": "c.jpg",
                "status": "failed",
                "error": {"code": "cloth_worn", "detail": str(ERRORS["cloth_worn"].message)},
                "advice": [],
                "name": "Worn",
                "sku": "",
                "category": "",
                "certainty": None,
                "outer": False,
                "image_url": pictures[2],
                "garment": None,
            },
        ],
    }


def test_imports_are_listed_newest_first(staff: APIClient) -> None:
    ids = [staff.post(IMPORTS, {"addresses": ["https://a.example/1"]}).json()["id"] for _ in range(2)]
    found = staff.get(IMPORTS).json()["results"]
    assert [each["id"] for each in found] == ids[::-1]
    assert set(found[0]) == {"id", "status", "error", "created_at", "finished_at"}
    assert len(staff.get(f"{IMPORTS}?page_size=1").json()["results"]) == 1


def add(client: APIClient, batch: GarmentImport, *garments: dict[str, Any]) -> Any:
    return client.post(f"{IMPORTS}{batch.pk}/add/", {"garments": list(garments)})


def test_what_is_chosen_becomes_garments(staff: APIClient, looked_at: GarmentImport) -> None:
    response = add(staff, looked_at, {"position": 1, "name": "Evening dress", "sku": "D-1"}, {"position": 0})
    assert response.status_code == 201
    made = [(each["name"], each["category"], each["outer"]) for each in response.json()["garments"]]
    assert made == [("Evening dress", "dresses", False), ("Coat", "upper_body", True)]
    assert sorted(Garment.objects.values_list("sku", "status")) == [("C-1", "queued"), ("D-1", "queued")]
    items = staff.get(f"{IMPORTS}{looked_at.pk}/").json()["items"]
    ids = [each["id"] for each in response.json()["garments"]]
    assert [item["garment"] for item in items] == [ids[1], ids[0], None]
    again = add(staff, looked_at, {"position": 0})
    assert (again.status_code, again.json()["code"]) == (409, "import_unfinished")


def test_one_that_is_wrong_keeps_all_from_being_added(staff: APIClient, looked_at: GarmentImport) -> None:
    factories.garment(sku="TAKEN")
    refused = add(
        staff,
        looked_at,
        {"position": 1, "sku": "TAKEN"},
        {"position": 0, "category": "dresses"},
    )
    assert refused.status_code == 400
    assert [(error["attr"], error["code"]) for error in refused.json()["errors"]] == [
        ("garments.0", "sku_duplicate"),
        ("garments.1", "outer_unsupported"),
    ]
    assert refused.json()["detail"] == str(ERRORS["sku_duplicate"].message)
    assert Garment.objects.count() == 1


@pytest.mark.parametrize(
    ("garments", "status", "code"),
    [
        ([], 400, "import_empty"),
        ([{"position": 2}], 409, "import_unfinished"),
        ([{"position": 3}], 409, "import_unfinished"),
        ([{"position": 10**30}], 409, "import_unfinished"),
        ([{"position": -1}], 400, "min_value"),
        ([{"position": 0}, {"position": 0}], 400, "duplicate"),
        ([{"position": 0, "category": "hats"}], 400, "invalid_choice"),
        ([{"position": 0, "name": " "}], 400, "name_missing"),
        ([{"position": 0, "sku": "x" * 41}], 400, "sku_invalid"),
        ([{"name": "Coat"}], 400, "required"),
        ("all", 400, "not_a_list"),
    ],
    ids=str,
)
def test_choices_that_make_no_sense_are_refused(
    staff: APIClient, looked_at: GarmentImport, garments: Any, status: int, code: str
) -> None:
    refused = staff.post(f"{IMPORTS}{looked_at.pk}/add/", {"garments": garments})
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert not Garment.objects.exists()


def test_deleting_takes_the_pictures_along(
    staff: APIClient, looked_at: GarmentImport, django_capture_on_commit_callbacks: Any
) -> None:
    names = [item.image.name for item in looked_at.items.all()]
    add(staff, looked_at, {"position": 0})
    with django_capture_on_commit_callbacks(execute=True):
        assert staff.delete(f"{IMPORTS}{looked_at.pk}/").status_code == 204
    assert [default_storage.exists(name) for name in names] == [True, False, False]
    assert staff.get(f"{IMPORTS}{looked_at.pk}/").json()["code"] == "not_found"


def test_who_may_look_may_not_write(looked_at: GarmentImport) -> None:
    reader = browser_with("view_garmentimport")
    address = f"{IMPORTS}{looked_at.pk}/"
    assert reader.get(address).status_code == 200
    refused = [reader.post(IMPORTS, {}), add(reader, looked_at, {"position": 0}), reader.delete(address)]
    assert [each.json()["code"] for each in refused] == ["permission_denied"] * 3
    assert GarmentImport.objects.get().items.filter(garment=None).count() == 3
