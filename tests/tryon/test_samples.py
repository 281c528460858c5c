"""Training samples: on what ground they come to be, and all the ways in which they end."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from ml import groups
from tests.tryon import factories
from tests.tryon.test_replay import Backup
from tryon.errors import TryOnError
from tryon.ledger import ledger_read
from tryon.models import ErasureReceipt, PendingDeletion, Photo, SealedObject, Shopper, TrainingSample
from tryon.selectors.samples import GROUPS, samples_for_training, samples_report
from tryon.services import samples
from tryon.services.consents import consent_withdraw
from tryon.services.export import person_export
from tryon.services.photo_store import object_open
from tryon.services.photos import photo_erase
from tryon.services.receipts import receipt_verify
from tryon.services.replay import erasures_replay
from tryon.services.retention import objects_unreferenced, retention_sweep
from tryon.services.samples import sample_add, sample_collect, sample_erase, sample_keep, sample_source_open
from tryon.services.shoppers import shopper_erase, shopper_merge
from tryon.services.work import work_claim

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_stores")]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def shopper() -> Shopper:
    """One who agrees to training."""
    row = factories.shopper()
    factories.agree_to_training(row)
    return row


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[type]:
    told: list[type] = []
    monkeypatch.setattr(samples, "announce_on_commit", told.append)
    return told


def claimed(sample: TrainingSample) -> TrainingSample:
    (row,) = work_claim(model=TrainingSample, limit=1)
    assert row == sample
    return row


def stored(sealed: SealedObject) -> bool:
    return storages["private"].exists(sealed.storage_name)


def refused(code: str):  # type: ignore[no-untyped-def]
    return pytest.raises(TryOnError, match=f"^{code}$")


def nothing_is_left() -> bool:
    left = TrainingSample.objects.exists() or SealedObject.objects.filter(kind="sample").exists()
    return not left and not PendingDeletion.objects.exists()


# How they come to be


def test_a_checked_photo_gives_one_sample(shopper: Shopper, announced: list[type]) -> None:
    photo = factories.photo(shopper)
    sample = sample_collect(photo=photo)
    assert sample is not None
    assert (sample.source, sample.shopper, sample.photo, sample.sealed) == ("shopper", shopper, photo, None)
    assert (sample.status, sample.expires_at) == ("queued", photo.expires_at)
    assert sample_collect(photo=photo) == sample
    assert announced == [TrainingSample]


@pytest.mark.parametrize("status", sorted(set(Photo.Status.values) - {"succeeded"}))
def test_no_other_photo_gives_one(shopper: Shopper, status: str) -> None:
    assert sample_collect(photo=factories.photo(shopper, status=status)) is None


def test_without_consent_to_training_there_is_none(shopper: Shopper) -> None:
    assert sample_collect(photo=factories.photo(factories.shopper())) is None
    photo = factories.photo(shopper)
    consent_withdraw(shopper=shopper, purpose="training")
    assert sample_collect(photo=photo) is None
    assert not TrainingSample.objects.exists()


def test_consent_to_an_older_text_is_none(shopper: Shopper, settings: Settings) -> None:
    photo = factories.photo(shopper)
    settings.TRYON = settings.TRYON | {"CONSENT_VERSION": "2027-01"}
    assert sample_collect(photo=photo) is None


def test_a_picture_is_kept_for_its_owner(shopper: Shopper) -> None:
    sample_collect(photo=factories.photo(shopper))
    work = claimed(TrainingSample.objects.get())
    with time_machine.travel(NOON, tick=False):
        assert sample_keep(sample=work, picture=b"jpeg", quality={"width": 3})
    sample = TrainingSample.objects.get()
    assert sample.sealed is not None
    assert (sample.status, sample.quality, len(sample.sha256)) == ("succeeded", {"width": 3}, 64)
    assert object_open(sealed=sample.sealed) == b"jpeg"
    assert (sample.sealed.shopper, sample.sealed.kind) == (shopper, "sample")
    assert sample.expires_at == NOON + timedelta(days=14), "A guest cannot withdraw after the session."


def test_an_accounts_sample_is_kept_for_the_time_of_the_settings() -> None:
    owner = factories.shopper(user=factories.user())
    factories.agree_to_training(owner)
    sample_collect(photo=factories.photo(owner))
    work = claimed(TrainingSample.objects.get())
    with time_machine.travel(NOON, tick=False):
        sample_keep(sample=work, picture=b"jpeg", quality={})
    assert TrainingSample.objects.get().expires_at == NOON + timedelta(days=365)


def test_consent_that_ends_while_a_worker_is_at_it_keeps_nothing(shopper: Shopper) -> None:
    sample_collect(photo=factories.photo(shopper))
    work = claimed(TrainingSample.objects.get())
    consent_withdraw(shopper=shopper, purpose="training")
    assert not sample_keep(sample=work, picture=b"jpeg", quality={})
    assert nothing_is_left()


def test_consent_that_is_outdated_while_a_worker_is_at_it_keeps_nothing(
    shopper: Shopper,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sample_collect(photo=factories.photo(shopper))
    work = claimed(TrainingSample.objects.get())
    settings.TRYON = settings.TRYON | {"CONSENT_VERSION": "2027-01"}
    with refused("consent_required"), django_capture_on_commit_callbacks(execute=True):
        sample_keep(sample=work, picture=b"jpeg", quality={})
    with refused("consent_required"):
        sample_source_open(sample=work)
    assert not SealedObject.objects.filter(kind="sample").exists()


def test_a_merchants_upload_waits_encrypted_and_goes_when_the_sample_is_made(
    announced: list[type], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    garment, upload = factories.garment(), factories.encoded(factories.picture())
    sample = sample_add(picture=upload, licence_note=" Contract of May ", garment=garment)
    assert (sample.source, sample.shopper, sample.garment) == ("merchant", None, garment)
    assert sample.licence_note == "Contract of May"
    original = sample.upload
    assert original is not None
    assert original.shopper is None
    assert sample_source_open(sample=sample) == object_open(sealed=original)
    with django_capture_on_commit_callbacks(execute=True):
        assert sample_keep(sample=claimed(sample), picture=b"jpeg", quality={})
    sample.refresh_from_db()
    assert sample.upload is None
    assert sample.sealed is not None
    assert object_open(sealed=sample.sealed) == b"jpeg"
    assert not stored(original)
    assert [(r.object_id, r.kind, r.reason) for r in ErasureReceipt.objects.all()] == [
        (original.pk, "sample", "outdated")
    ]
    assert announced == [TrainingSample]


@pytest.mark.parametrize("note", ["", "  "])
def test_a_merchants_upload_needs_a_licence(note: str) -> None:
    with refused("licence_note_required"):
        sample_add(picture=b"x", licence_note=note, garment=factories.garment())
    assert nothing_is_left()


def test_an_upload_that_is_no_picture_is_refused() -> None:
    with refused("unsupported_image"):
        sample_add(picture=b"x", licence_note="Contract", garment=factories.garment())
    assert nothing_is_left()


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "merchant", "licence_note": ""},
        {"source": "shopper"},
        {"source": "other"},
        {"status": "succeeded", "sealed": None},
        {"status": "succeeded", "sha256": ""},
    ],
    ids=str,
)
def test_the_database_refuses_samples_without_ground_or_picture(fields: dict[str, object]) -> None:
    sample = factories.sample()
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingSample.objects.filter(pk=sample.pk).update(**fields)


def test_the_database_refuses_a_merchants_sample_with_an_owner_and_nobodys_photo(shopper: Shopper) -> None:
    sample, photo = factories.sample(), factories.photo(shopper)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingSample.objects.filter(pk=sample.pk).update(shopper=shopper)
    with pytest.raises(IntegrityError), transaction.atomic():
        SealedObject.objects.filter(pk=photo.sealed_id).update(shopper=None)


# How they end


def test_withdrawing_ends_all_samples_and_no_photo(
    shopper: Shopper, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    photos = [factories.photo(shopper) for _ in range(3)]
    made = [factories.sample(photo) for photo in photos[:2]]
    factories.sample(photos[2], status="queued")
    others = factories.sample(factories.photo(factories.shopper()))
    pictures = [sample.sealed for sample in made]
    with django_capture_on_commit_callbacks(execute=True):
        receipts = consent_withdraw(shopper=shopper, purpose="training")
    assert {receipt.object_id for receipt in receipts} == {picture.pk for picture in pictures}
    assert {(receipt.kind, receipt.reason) for receipt in receipts} == {("sample", "withdrawn")}
    assert all(receipt_verify(receipt=receipt) for receipt in receipts)
    assert not any(stored(picture) for picture in pictures)
    assert list(TrainingSample.objects.all()) == [others]
    assert Photo.objects.filter(shopper=shopper).count() == 3


def test_a_photo_that_is_erased_takes_its_sample_along(shopper: Shopper) -> None:
    sample = factories.sample(factories.photo(shopper))
    photo_erase(photo=sample.photo, reason="requested")
    assert not TrainingSample.objects.exists()
    assert ErasureReceipt.objects.get(object_id=sample.sealed_id).reason == "requested"


@pytest.mark.parametrize(
    ("reason", "marked"),
    [("requested", True), ("withdrawn", True), ("account", True), ("expired", False)],
)
def test_models_that_saw_an_erased_sample_are_marked(shopper: Shopper, reason: str, marked: bool) -> None:
    sample, other = (factories.sample(factories.photo(shopper)) for _ in range(2))
    saw = factories.model_version("saw", manifest={"samples": {str(sample.pk): sample.sha256}})
    clean = factories.model_version("clean", manifest={"samples": {str(other.pk): other.sha256}})
    sample_erase(sample=sample, reason=reason)
    saw.refresh_from_db()
    clean.refresh_from_db()
    assert (saw.tainted_at is not None, clean.tainted_at) == (marked, None)


def test_a_photo_whose_time_is_up_leaves_what_was_made_of_it(shopper: Shopper) -> None:
    made, begun = (
        factories.sample(factories.photo(shopper)),
        factories.sample(factories.photo(shopper), status="running"),
    )
    for sample in (made, begun):
        photo_erase(photo=sample.photo, reason="expired")
    (left,) = TrainingSample.objects.all()
    assert (left, left.photo, left.shopper) == (made, None, shopper)


def test_the_end_of_a_shopper_ends_their_samples(
    shopper: Shopper, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    sample = factories.sample(factories.photo(shopper))
    with django_capture_on_commit_callbacks(execute=True):
        photo_erase(photo=sample.photo, reason="expired")
        receipts = shopper_erase(shopper=shopper)
    assert [receipt.object_id for receipt in receipts] == [sample.sealed_id]
    assert nothing_is_left()


def test_erasing_again_changes_nothing(shopper: Shopper) -> None:
    sample = factories.sample(factories.photo(shopper))
    assert sample_erase(sample=sample, reason="requested").object_id == sample.sealed_id
    assert sample_erase(sample=sample, reason="expired") is None
    assert ErasureReceipt.objects.count() == 1


def test_a_merchants_sample_leaves_an_entry_about_nobody() -> None:
    sample = factories.sample()
    sample_erase(sample=sample, reason="requested")
    (entry,) = ledger_read().entries
    assert (entry.kind, entry.object_id, entry.owner) == ("sample", str(sample.sealed_id), "")


def test_samples_end_with_their_time() -> None:
    with time_machine.travel(NOON, tick=False):
        over, alive = factories.sample(expires_at=NOON), factories.sample(expires_at=NOON + HOUR)
        refusal = factories.sample(status="failed", expires_at=NOON)
        assert retention_sweep().samples == 2
        assert list(TrainingSample.objects.all()) == [alive]
        assert list(ErasureReceipt.objects.values_list("object_id", "reason")) == [
            (over.sealed_id, "expired")
        ]
        assert refusal.sealed is None


def test_pictures_and_uploads_of_samples_are_not_taken_for_forgotten(shopper: Shopper) -> None:
    factories.sample(factories.photo(shopper))
    sample_add(picture=factories.encoded(factories.picture()), licence_note="x", garment=factories.garment())
    later = datetime.now(UTC) + timedelta(days=1)
    assert SealedObject.objects.count() == 3
    assert not objects_unreferenced(now=later).exists()


def test_a_guest_with_a_sample_is_not_forgotten(shopper: Shopper) -> None:
    sample = factories.sample(factories.photo(shopper), status="failed")
    later = datetime.now(UTC) + timedelta(days=30)
    TrainingSample.objects.filter(pk=sample.pk).update(expires_at=later + HOUR)
    photo_erase(photo=factories.photo(shopper), reason="expired")
    Photo.objects.filter(pk=sample.photo_id).update(expires_at=later + HOUR)
    assert retention_sweep(now=later).guests == 0


def test_samples_go_with_the_guest_who_logs_in(shopper: Shopper) -> None:
    sample = factories.sample(factories.photo(shopper))
    account = factories.shopper(user=factories.user())
    shopper_merge(guest=shopper, user=account.user)
    sample.refresh_from_db()
    assert (sample.shopper, sample.sealed.shopper) == (account, account)
    assert object_open(sealed=sample.sealed) == factories.encoded(factories.picture())


def test_samples_of_a_guest_end_where_the_account_has_withdrawn_since(shopper: Shopper) -> None:
    factories.sample(factories.photo(shopper))
    account = factories.shopper(user=factories.user())
    factories.agree_to_training(account)
    consent_withdraw(shopper=account, purpose="training")
    shopper_merge(guest=shopper, user=account.user)
    assert not TrainingSample.objects.exists()


def test_a_restored_sample_is_erased_again(
    shopper: Shopper, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """Also that of a photo that is long gone, and the upload that a merchant's sample was made of."""
    sample = factories.sample(factories.photo(shopper))
    with django_capture_on_commit_callbacks(execute=True):
        photo_erase(photo=sample.photo, reason="expired")
    merchants = sample_add(
        picture=factories.encoded(factories.picture()), licence_note="x", garment=factories.garment()
    )
    backup = Backup()
    with django_capture_on_commit_callbacks(execute=True):
        consent_withdraw(shopper=shopper, purpose="training")
        sample_keep(sample=claimed(merchants), picture=b"jpeg", quality={})
    receipts = set(ErasureReceipt.objects.values_list("pk", "signature"))
    backup.restore_rows()
    backup.restore_files()
    assert TrainingSample.objects.count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        replayed = erasures_replay()
    assert replayed.erased == {"sample": 2, "consent": 1}
    assert not replayed.failed
    assert list(TrainingSample.objects.values_list("pk", "upload")) == [(merchants.pk, None)]
    assert set(ErasureReceipt.objects.values_list("pk", "signature")) == receipts


# What is known of them


def test_the_owners_copy_holds_them(shopper: Shopper) -> None:
    sample = factories.sample(factories.photo(shopper), quality={"size": "slim"})
    factories.sample()
    archive = zipfile.ZipFile(io.BytesIO(b"".join(person_export(shopper=shopper, user=None))))
    (facts,) = json.loads(archive.read("data.json"))["samples"]
    assert (facts["id"], facts["sealed"]) == (str(sample.pk), str(sample.sealed_id))
    assert facts["quality"] == {"size": "slim"}
    assert archive.read(f"samples/{sample.sealed_id}.jpg") == object_open(sealed=sample.sealed)
    assert sum(name.startswith("samples/") for name in archive.namelist()) == 1


def test_verify_finds_a_sample_that_belongs_to_another(shopper: Shopper) -> None:
    factories.sample()
    mine = factories.sample(factories.photo(shopper))
    call_command("verify", stdout=StringIO())
    other = factories.shopper()
    TrainingSample.objects.filter(pk=mine.pk).update(shopper=other)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify", stdout=out)
    assert f"training samples of shoppers who do not agree: 1 {mine.pk}" in out.getvalue().splitlines()
    assert f"pictures that belong to somebody else: 1 {mine.pk}" in out.getvalue().splitlines()


def test_only_what_is_permitted_at_this_moment_may_be_trained_on(shopper: Shopper) -> None:
    usable = [factories.sample(), factories.sample(factories.photo(shopper))]
    factories.sample(factories.photo(factories.shopper()))
    factories.sample(expires_at=datetime.now(UTC) - HOUR)
    factories.sample(status="failed")
    assert set(samples_for_training()) == set(usable)
    with_consent_outdated = factories.shopper()
    factories.agree_to_training(with_consent_outdated)
    with_consent_outdated.consents.update(version="2020-01")
    factories.sample(factories.photo(with_consent_outdated))
    assert set(samples_for_training()) == set(usable)


def test_groups_are_those_that_the_engine_tells_apart() -> None:
    tones = (*(name for _least, name in groups.SKIN_TONES), groups.DARKEST)
    sleeves = (*(name for _most, name in groups.SLEEVES), groups.LONG)
    sizes = tuple(dict.fromkeys(groups.terciles([1, 2, 3])))
    categories = ("upper_body", "lower_body", "dresses")
    told = {"categories": categories, "sizes": sizes, "tones": tones, "sleeves": sleeves}
    assert told == GROUPS


def test_without_samples_nothing_is_rare_and_what_is_not_known_does_not_count() -> None:
    assert samples_report().rare == {kind: [] for kind in GROUPS}
    for number in range(7):
        factories.sample(data=bytes([number]), quality={"sleeve": "long" if number else None})
    report = samples_report()
    assert report.sleeves == {"long": 6, "unknown": 1}
    assert report.rare == {"categories": [], "sizes": [], "tones": [], "sleeves": ["sleeveless", "short"]}


def test_the_report_says_what_is_repeated_blurred_small_and_rare(shopper: Shopper) -> None:
    def quality(code: int, **other: object) -> dict[str, object]:
        return {
            "width": 600,
            "height": 900,
            "sharpness": 0.5,
            "hash": f"{code:016x}",
            "categories": ["upper_body"],
            "size": "slim",
            "skin_tone": "tan",
            "sleeve": "short",
        } | other

    dress = factories.garment(category="dresses")
    first = factories.sample(data=b"a", quality=quality(2**40 - 1), garment=dress)
    twin = factories.sample(data=b"a", quality=quality(2**40 - 1))
    near = factories.sample(data=b"b", quality=quality(2**40 - 1 ^ 0b11 ^ 1 << 63 ^ 1 << 30))
    far = factories.sample(
        data=b"c", quality=quality(2**40 - 1 ^ 0b11111, size="broad", skin_tone=None, sleeve="long")
    )
    blurred = factories.sample(data=b"d", quality=quality(0, sharpness=0.249))
    small = factories.sample(factories.photo(shopper), data=b"e", quality=quality(2**64 - 1, width=511))
    factories.sample(status="failed", error_code="face_not_found")
    report = samples_report()
    assert report.total == 6
    assert report.sources == {"merchant": 5, "shopper": 1}
    assert report.categories == {"dresses": 1, "upper_body": 5}
    assert report.rare == {
        "categories": ["lower_body"],
        "sizes": ["middle"],
        "tones": ["very light", "light", "intermediate", "brown", "dark"],
        "sleeves": ["sleeveless"],
    }
    assert report.sizes == {"slim": 5, "broad": 1}
    assert report.tones == {"tan": 5, "unknown": 1}
    assert report.sleeves == {"short": 5, "long": 1}
    assert report.other_worn == [str(first.pk)]
    assert report.repeated == [str(first.pk), str(twin.pk)]
    assert set(report.alike) == {str(row.pk) for row in (first, twin, near)}
    assert (report.blurred, report.small) == ([str(blurred.pk)], [str(small.pk)])
    assert report.refused == {"face_not_found": 1}
    assert str(far.pk) not in report.alike
