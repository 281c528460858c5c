"""Many photos of models at once: all of them are taken in, or none, and each gets its verdict."""

import io
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shop.roles import MERCHANT, TRAINER
from tests.tryon import factories
from tryon import import_forms
from tryon.errors import ERRORS, TryOnError
from tryon.models import ErasureReceipt, Garment, SealedObject, TrainingSample
from tryon.photo_files import NOTE_LENGTH, PlannedPhoto, plan_photos
from tryon.services import sample_uploads
from tryon.services.photo_store import object_open
from tryon.services.sample_uploads import PhotosRefusedError, samples_add
from tryon.services.samples import UNDECODED, sample_source_open

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_stores", "valkey")]
PAGE = "/admin/tryon/trainingsample/add-photos/"
JPEG = factories.encoded(factories.picture())


def packed(table: str | None, *photos: str, data: bytes = JPEG) -> io.BytesIO:
    """A ZIP file with a list and these photos."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in photos or ("a.jpg", "b.jpg"):
            archive.writestr(name, data)
        if table is not None:
            archive.writestr("list.csv", table)
    target.seek(0)
    return target


def upload(*fields: Any, **options: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile("photos.zip", packed(*fields, **options).getvalue())


def planned(table: str | None, *photos: str, note: str = "") -> list[PlannedPhoto]:
    with zipfile.ZipFile(packed(table, *photos)) as archive:
        return plan_photos(archive, note)


def nothing_is_kept() -> bool:
    return not TrainingSample.objects.exists() and not SealedObject.objects.exists()


@pytest.fixture
def shirt() -> Garment:
    return factories.garment(name="Linen shirt", sku="LS-01")


@pytest.fixture
def merchant(client: Client) -> Client:
    return staff(client, MERCHANT)


def staff(client: Client, role: str) -> Client:
    user = factories.user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def test_a_list_says_what_is_worn_and_what_permits_it() -> None:
    assert TrainingSample._meta.get_field("licence_note").max_length == NOTE_LENGTH
    table = "file;garment;licence_note\nx/a.jpg;LS-01;Own\nb.jpg; Coat ;\n"
    assert planned(table, "x/a.jpg", "x/b.jpg", note=" For all ") == [
        PlannedPhoto("x/a.jpg", "LS-01", "Own"),
        PlannedPhoto("x/b.jpg", "Coat", "For all"),
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("c.jpg,LS-01,x", "file_missing"),
        (",LS-01,x", "file_missing"),
        ("../a.jpg,LS-01,x", "file_missing"),
        ("a.jpg,LS-01,x", "file_duplicate"),
        ("b.jpg,LS-01,", "licence_note_required"),
        (f"b.jpg,LS-01,{'n' * 256}", "licence_note_required"),
        ("b.jpg,LS-02,x", "garment_unknown"),
        ("b.jpg,,x", "garment_unknown"),
        ("b.jpg,Twice,x", "garment_unknown"),
    ],
)
def test_one_line_that_is_wrong_keeps_all_out(shirt: Garment, line: str, code: str) -> None:
    for _ in range(2):
        factories.garment(name="Twice")
    with pytest.raises(PhotosRefusedError) as refused:
        samples_add(archive=packed(f"file,garment,licence_note\na.jpg,LS-01,x\n{line}\n"))
    assert [row.error_code for row in refused.value.rows] == ["", code]
    assert code in ERRORS
    assert nothing_is_kept()


@pytest.mark.parametrize(
    ("table", "photos", "code"),
    [
        (None, (), "csv_missing"),
        ("file,garment\n", (), "import_empty"),
        ("file\na.jpg\n", (), "photo_columns"),
        ("file,garment,name\na.jpg,x,y\n", (), "photo_columns"),
        ("file,garment\na.jpg\n", (), "csv_unreadable"),
        ("file,garment\n" + "a.jpg,x\n" * 10_000, (), "import_too_many"),
        ("file,garment\na.jpg,x\n", ("../a.jpg",), "archive_unsafe"),
        ("file,garment\na.jpg,x\n", ("a.jpg", "b.csv"), "csv_several"),
    ],
)
def test_what_cannot_be_read_is_refused_as_a_whole(table: str | None, photos: tuple, code: str) -> None:
    with pytest.raises(TryOnError, match=f"^{code}$"):
        samples_add(archive=packed(table, *photos), licence_note="x")
    assert nothing_is_kept()


def test_a_zip_bomb_is_not_unpacked() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", b"\0" * (16 * 1024 * 1024))
    with pytest.raises(TryOnError, match="archive_too_large"):
        samples_add(archive=target, licence_note="x")
    with pytest.raises(TryOnError, match="archive_unreadable"):
        samples_add(archive=io.BytesIO(b"no zip"), licence_note="x")


def test_photos_wait_sealed_for_a_worker_by_number_name_or_id(shirt: Garment) -> None:
    coat, skirt = factories.garment(name="Wool coat"), factories.garment(name="Skirt")
    table = f"file,garment,licence_note\na.jpg,LS-01,Of May\nb.jpg,Wool coat,\nc.jpg,{skirt.pk},\n"
    batch = samples_add(
        archive=packed(table, "a.jpg", "b.jpg", "c.jpg", "unnamed.jpg"),
        licence_note="For all",
        in_lookbooks=True,
    )
    rows = TrainingSample.objects.filter(batch=batch).order_by("source_name")
    assert [(row.source_name, row.garment, row.licence_note) for row in rows] == [
        ("a.jpg", shirt, "Of May"),
        ("b.jpg", coat, "For all"),
        ("c.jpg", skirt, "For all"),
    ]
    assert {(row.source, row.status, row.in_lookbooks, row.shopper) for row in rows} == {
        ("merchant", "queued", True, None)
    }
    first = rows[0]
    assert first.upload is not None
    assert (first.upload.media_type, object_open(sealed=first.upload)) == (UNDECODED, JPEG)
    assert sample_source_open(sample=first)[:2] == b"\xff\xd8"
    assert sample_source_open(sample=first) != JPEG, "It is encoded afresh in the decoder."
    assert SealedObject.objects.count() == 3


def test_a_failure_in_the_middle_leaves_nothing(shirt: Garment, monkeypatch: pytest.MonkeyPatch) -> None:
    seal, sealed = sample_uploads.object_seal, []

    def once(**fields: Any) -> SealedObject:
        if sealed:
            raise OSError("The store is away.")
        sealed.append(seal(**fields))
        return sealed[0]

    monkeypatch.setattr(sample_uploads, "object_seal", once)
    with pytest.raises(OSError, match="away"):
        samples_add(archive=packed("file,garment\na.jpg,LS-01\nb.jpg,LS-01\n"), licence_note="x")
    assert nothing_is_kept()
    assert ErasureReceipt.objects.get().object_id == sealed[0].pk


def test_a_garment_that_goes_meanwhile_keeps_all_out(shirt: Garment, monkeypatch: pytest.MonkeyPatch) -> None:
    seal = sample_uploads.object_seal

    def late(**fields: Any) -> SealedObject:
        Garment.objects.all().delete()
        return seal(**fields)

    monkeypatch.setattr(sample_uploads, "object_seal", late)
    with pytest.raises(PhotosRefusedError) as refused:
        samples_add(archive=packed("file,garment\na.jpg,LS-01\n"), licence_note="x")
    assert [row.error_code for row in refused.value.rows] == ["garment_unknown"]
    assert nothing_is_kept()


def test_the_page_takes_them_in_and_shows_the_verdicts(merchant: Client, shirt: Garment) -> None:
    assert PAGE in merchant.get("/admin/tryon/trainingsample/add_many/")["Location"]
    assert "licence_note" in merchant.get(PAGE).text
    table = "file,garment\na.jpg,LS-01\nb.jpg,Linen shirt\n"
    answer = merchant.post(PAGE, {"archive": upload(table), "licence_note": "Contract", "in_lookbooks": "on"})
    first, second = TrainingSample.objects.order_by("source_name")
    address = f"/admin/tryon/trainingsample/batch/{first.batch}/"
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert (first.in_lookbooks, first.licence_note, second.garment) == (True, "Contract", shirt)
    page = merchant.get(address).text
    assert f'data-live="{address}status/"' in page
    assert "<img" not in page.split('class="at"')[1]
    TrainingSample.objects.update(status="failed", error_code="face_covered")
    answer = merchant.get(f"{address}status/").json()
    assert answer["done"] is True
    assert answer["html"].count("A hand is before the face or the hair.") == 2
    assert "data-live" not in merchant.get(address).text


def test_the_page_says_at_which_line_it_is_wrong(merchant: Client, shirt: Garment) -> None:
    table = "file,garment\na.jpg,LS-01\nb.jpg,LS-99\n"
    page = merchant.post(PAGE, {"archive": upload(table), "licence_note": "Contract"})
    assert page.status_code == 200
    assert "Nothing was taken in." in page.text
    assert page.text.count('data-verdict=""') == 1
    assert page.text.count('data-verdict="garment_unknown"') == 1
    assert nothing_is_kept()
    page = merchant.post(PAGE, {"archive": SimpleUploadedFile("a.zip", b"PK")})
    assert "cannot be read as a ZIP file" in page.text
    assert "This field is required." in merchant.post(PAGE, {}).text


def test_too_large_an_upload_is_explained(merchant: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_forms, "MOST_BYTES", -import_forms.FRAME_BYTES + 100)
    page = merchant.post(PAGE, {"archive": upload("file,garment\n")})
    assert (page.status_code, "Send up to 200 MB at a time" in page.text) == (413, True)


def test_an_upload_of_this_size_lies_in_memory_alone(
    merchant: Client, shirt: Garment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("A photo of somebody was about to lie in a file.")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", refuse)
    big = upload("file,garment\na.jpg,LS-01\n", data=JPEG + bytes(6 * 1024 * 1024))
    answer = merchant.post(PAGE, {"archive": big, "licence_note": "x"})
    assert answer.status_code == 302


def test_a_forged_request_and_a_trainer_add_nothing(merchant: Client, shirt: Garment) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = merchant.cookies
    body = {"archive": upload("file,garment\na.jpg,LS-01\n"), "licence_note": "x"}
    assert strict.post(PAGE, body).status_code == 403
    body["archive"].seek(0)
    assert staff(Client(), TRAINER).post(PAGE, body).status_code == 403
    assert nothing_is_kept()


def test_an_unknown_batch_is_not_found(merchant: Client) -> None:
    for end in ("", "status/"):
        address = f"/admin/tryon/trainingsample/batch/00000000-0000-0000-0000-000000000001/{end}"
        assert merchant.get(address).status_code == 404
