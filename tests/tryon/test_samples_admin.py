"""Staff add pictures of merchants and see what is amiss, and never a picture."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.tryon import factories
from tryon.admin_samples import report_tables
from tryon.models import AuditEntry, PendingAuditEntry, SealedObject, TrainingSample
from tryon.selectors.samples import samples_report
from tryon.services.photo_store import object_open

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_stores", "valkey")]
LIST = "admin:tryon_trainingsample_changelist"
ADD = "admin:tryon_trainingsample_add"
DELETE = "admin:tryon_trainingsample_delete"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(factories.user("root", is_staff=True, is_superuser=True))
    return client


def form(**changes: object) -> dict[str, object]:
    picture = SimpleUploadedFile("a.jpg", factories.encoded(factories.picture()))
    return {"picture": picture, "garment": factories.garment().pk, "licence_note": "Contract"} | changes


def audited() -> list[tuple[str, str, str]]:
    fields = "action", "object_kind", "object_id"
    entries = [
        *AuditEntry.objects.order_by("number").values_list(*fields),
        *PendingAuditEntry.objects.order_by("pk").values_list(*fields),
    ]
    return [entry for entry in entries if entry[0] != "consent"]


def test_an_upload_waits_for_a_worker(staff: Client) -> None:
    answer = staff.post(reverse(ADD), form())
    assert answer.status_code == 302
    sample = TrainingSample.objects.get()
    assert (sample.source, sample.status, sample.licence_note) == ("merchant", "queued", "Contract")
    assert sample.upload is not None
    assert object_open(sealed=sample.upload)[:2] == b"\xff\xd8"
    assert audited() == [("create", "trainingsample", str(sample.pk))]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("licence_note", ""),
        ("licence_note", " "),
        ("garment", ""),
        ("picture", ""),
        ("picture", SimpleUploadedFile("a.jpg", b"no picture")),
    ],
    ids=str,
)
def test_the_form_stays_open_over_what_is_missing(staff: Client, field: str, value: object) -> None:
    answer = staff.post(reverse(ADD), form(**{field: value}))
    assert answer.status_code == 200
    assert list(answer.context["adminform"].errors) == [field]
    assert not TrainingSample.objects.exists()
    assert not SealedObject.objects.exists()


def test_deleting_erases_and_leaves_a_receipt(staff: Client) -> None:
    sample = factories.sample()
    staff.post(reverse(DELETE, args=[sample.pk]), {"post": "yes"})
    assert not TrainingSample.objects.exists()
    assert not SealedObject.objects.exists()
    assert ("erase", "sample", str(sample.sealed_id)) in audited()


def test_the_selected_are_erased_as_well(staff: Client) -> None:
    chosen, kept = factories.sample(), factories.sample()
    data = {"action": "delete_selected", "_selected_action": [str(chosen.pk)], "post": "yes"}
    staff.post(reverse(LIST), data)
    assert list(TrainingSample.objects.all()) == [kept]
    assert list(SealedObject.objects.all()) == [kept.sealed]


def test_no_page_shows_a_picture_and_each_look_is_recorded(staff: Client) -> None:
    owner = factories.shopper()
    factories.agree_to_training(owner)
    sample = factories.sample(factories.photo(owner))
    pages = [reverse(LIST), reverse("admin:tryon_trainingsample_change", args=[sample.pk])]
    for page in pages:
        content = staff.get(page).content.decode()
        assert str(sample.pk) in content
        assert "<img" not in content
        assert str(sample.sealed_id) not in content
    assert audited() == [("list", "trainingsample", ""), ("view", "trainingsample", str(sample.pk))]


def test_the_report_is_above_the_list(staff: Client) -> None:
    twins = [factories.sample(data=b"a", quality={"width": 9, "height": 9}) for _ in range(2)]
    factories.sample(status="failed", error_code="face_covered")
    page = staff.get(reverse(LIST)).content.decode()
    panel = page[page.index("samples-report") : page.index("</section>")]
    assert panel.count(f'href="{reverse("admin:tryon_trainingsample_change", args=[twins[0].pk])}"') == 2
    assert "A hand is before the face or the hair." in panel
    looks = next(table for table in report_tables(samples_report()) if str(table["title"]) == "To look at")
    assert {str(row["name"]): row["count"] for row in looks["rows"]} == {
        "Repeated, byte for byte": 2,
        "Nearly alike": 0,
        "Blurred": 0,
        "Too small": 2,
        "Something else is worn than the garment": 0,
    }


def test_what_is_rare_is_named_with_its_kind(staff: Client) -> None:
    factories.sample(quality={"size": "slim", "sleeve": "long", "categories": ["dresses"]})
    tables = {str(table["title"]): table["rows"] for table in report_tables(samples_report())}
    rare = tables["Fewer than half of an even share, or none"]
    assert [(str(row["name"]), row["count"]) for row in rare] == [
        ("Categories: Tops", 0),
        ("Categories: Trousers and skirts", 0),
        ("Build, by the joints: middle", 0),
        ("Build, by the joints: broad", 0),
        ("Sleeves: sleeveless", 0),
        ("Sleeves: short", 0),
    ]
    assert "Sleeves: sleeveless" in staff.get(reverse(LIST)).text
