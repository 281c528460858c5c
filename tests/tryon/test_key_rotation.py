"""Rotation wraps every data key by the current key, whatever happens in between, and touches nothing else."""

import hashlib
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as checked
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from tests.tryon import factories
from tryon.key_ring import KeyRing, SealError, UnknownKeyError, key_manager
from tryon.models import ErasureReceipt, SealedObject, Shopper
from tryon.selectors.keys import keys_missing, objects_by_key
from tryon.services import key_rotation
from tryon.services.key_rotation import Rotated, keys_rotate
from tryon.services.photo_store import object_erase, object_open, object_reassign, object_rewrap

pytestmark = pytest.mark.django_db
K0, K1, K2, K3 = (bytes([number]) * 32 for number in range(4))


@pytest.fixture(autouse=True)
def _old_ring(settings: Settings) -> None:
    settings.PHOTO_KEYS = {"k1": K1}


@pytest.fixture
def shopper() -> Shopper:
    return factories.shopper(consent=False)


@pytest.fixture
def photos(shopper: Shopper) -> dict[uuid.UUID, bytes]:
    """Five photos under k1: what each holds."""
    pictures = [b"photo %d" % number for number in range(5)]
    return {factories.sealed(shopper, data=picture).pk: picture for picture in pictures}


def opened() -> dict[uuid.UUID, bytes]:
    return {sealed.pk: object_open(sealed=sealed) for sealed in SealedObject.objects.all()}


def stored() -> dict[str, bytes]:
    """The digest of every object's bytes."""
    names = SealedObject.objects.values_list("storage_name", flat=True)
    return {name: hashlib.sha256(storages["private"].open(name).read()).digest() for name in names}


def run(*arguments: str) -> dict:
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    (line,) = out.getvalue().splitlines()
    return json.loads(line)


def fail(*arguments: str) -> tuple[dict, str]:
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("rotate_keys", *arguments, stdout=out)
    assert error.value.returncode == 1
    return json.loads(out.getvalue()), str(error.value)


@pytest.mark.parametrize("batch_size", [1, 2, 5, 200])
def test_after_rotation_the_old_key_is_not_needed(
    photos: dict[uuid.UUID, bytes], settings: Settings, batch_size: int
) -> None:
    before = stored()
    settings.PHOTO_KEYS = {"k2": K2, "k1": K1}
    assert keys_rotate(batch_size=batch_size) == Rotated(rewrapped=5, broken=0)

    settings.PHOTO_KEYS = {"k2": K2}
    assert opened() == photos
    assert stored() == before
    assert (objects_by_key(), keys_missing()) == ({"k2": 5}, [])


def test_without_rotation_the_missing_key_is_named(
    photos: dict[uuid.UUID, bytes], settings: Settings
) -> None:
    settings.PHOTO_KEYS = {"k2": K2}
    for sealed in SealedObject.objects.all():
        with pytest.raises(UnknownKeyError, match="'k1'") as error:
            object_open(sealed=sealed)
        assert error.value.key_id == "k1"
    assert (objects_by_key(), keys_missing()) == ({"k1": 5}, ["k1"])


@pytest.mark.parametrize("name", ["k1", "k2"])
def test_after_rotation_the_old_key_opens_nothing(
    photos: dict[uuid.UUID, bytes], settings: Settings, name: str
) -> None:
    settings.PHOTO_KEYS = {"k2": K2, "k1": K1}
    keys_rotate()

    settings.PHOTO_KEYS = {name: K1}
    for sealed in SealedObject.objects.all():
        with pytest.raises(SealError):
            object_open(sealed=sealed)


def test_rotating_again_does_nothing(
    photos: dict[uuid.UUID, bytes],
    settings: Settings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.PHOTO_KEYS = {"k2": K2, "k1": K1}
    keys_rotate()
    rows = list(SealedObject.objects.order_by("pk").values_list("pk", "wrapped_key"))

    with django_assert_num_queries(3):  # one look at each kind of secret
        assert keys_rotate() == Rotated(0, 0)
    assert list(SealedObject.objects.order_by("pk").values_list("pk", "wrapped_key")) == rows


def test_all_older_keys_are_replaced_at_once(shopper: Shopper, settings: Settings) -> None:
    for ring in ({"k1": K1}, {"k2": K2}, {"k3": K3}):
        settings.PHOTO_KEYS = ring
        factories.sealed(shopper, data=next(iter(ring)).encode())
    settings.PHOTO_KEYS = {"k3": K3, "k2": K2, "k1": K1}

    assert keys_rotate() == Rotated(rewrapped=2, broken=0)
    settings.PHOTO_KEYS = {"k3": K3}
    assert sorted(opened().values()) == [b"k1", b"k2", b"k3"]


def test_a_reader_with_the_row_of_before_still_reads(
    photos: dict[uuid.UUID, bytes], settings: Settings
) -> None:
    rows = list(SealedObject.objects.all())
    settings.PHOTO_KEYS = {"k2": K2, "k1": K1}
    keys_rotate()

    assert {sealed.pk: object_open(sealed=sealed) for sealed in rows} == photos


def test_what_does_not_open_does_not_keep_the_others(
    photos: dict[uuid.UUID, bytes], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    broken = SealedObject.objects.order_by("pk")[1]
    SealedObject.objects.filter(pk=broken.pk).update(wrapped_key=bytes(60))
    settings.PHOTO_KEYS = {"k2": K2, "k1": K1}

    assert keys_rotate(batch_size=1) == Rotated(rewrapped=4, broken=1)
    assert objects_by_key() == {"k1": 1, "k2": 4}
    assert [record.getMessage() for record in caplog.records] == [
        f"The data key of {broken.pk} is not wrapped again: The wrapped key does not fit its context."
    ]
    report, message = fail()
    assert report == {
        "current": "k2",
        "dry_run": False,
        "before": {"k1": 1, "k2": 4},
        "after": {"k1": 1, "k2": 4},
        "rewrapped": 0,
        "broken": 1,
        "missing": [],
    }
    assert message == "These keys must stay, they still wrap objects: k1"


def test_a_turn_ends_in_time(photos: dict[uuid.UUID, bytes], settings: Settings) -> None:
    settings.PHOTO_KEYS = {"k2": K2, "k1": K1}
    clock = iter([0.0, 1.0, 2.0, 3.0])

    with patch.object(key_rotation.time, "monotonic", lambda: next(clock)):
        assert keys_rotate(seconds=3.0) == Rotated(rewrapped=2, broken=0)
    assert objects_by_key() == {"k1": 3, "k2": 2}


def test_the_command_counts_before_and_after(photos: dict[uuid.UUID, bytes], settings: Settings) -> None:
    settings.PHOTO_KEYS = {"k2": K2, "k1": K1}
    none = {"rewrapped": 0, "broken": 0, "missing": []}

    assert run("--dry-run") == none | {
        "current": "k2",
        "dry_run": True,
        "before": {"k1": 5},
        "after": {"k1": 5},
    }
    assert run("--batch", "2") == none | {
        "current": "k2",
        "dry_run": False,
        "before": {"k1": 5},
        "after": {"k2": 5},
        "rewrapped": 5,
    }
    assert run() == none | {"current": "k2", "dry_run": False, "before": {"k2": 5}, "after": {"k2": 5}}


@pytest.mark.parametrize(
    ("arguments", "after"), [((), {"k0": 1, "k2": 5}), (("--dry-run",), {"k0": 1, "k1": 5})]
)
def test_the_command_names_keys_that_are_missing(
    photos: dict[uuid.UUID, bytes],
    shopper: Shopper,
    settings: Settings,
    arguments: tuple[str, ...],
    after: dict[str, int],
) -> None:
    settings.PHOTO_KEYS = {"k0": K0}
    factories.sealed(shopper)
    settings.PHOTO_KEYS = {"k2": K2, "k1": K1}
    report, message = fail(*arguments)

    assert (report["before"], report["after"], report["missing"]) == ({"k0": 1, "k1": 5}, after, ["k0"])
    assert message == "These keys wrap objects but are not in the ring: k0"


@pytest.mark.parametrize("size", ["0", "-1", "x"])
def test_a_batch_holds_at_least_one_row(size: str) -> None:
    with pytest.raises(CommandError, match="--batch"):
        call_command("rotate_keys", f"--batch={size}")


def test_an_empty_store_has_no_keys() -> None:
    assert run()["after"] == {}


class InterruptedRing(KeyRing):
    """Is interrupted before it wraps, that is between the read and the write of a row."""

    interrupt: Callable[[], None] | None = None

    def wrap(self, secret: bytes, context: bytes) -> tuple[str, bytes]:
        interrupt, InterruptedRing.interrupt = InterruptedRing.interrupt, None
        if interrupt:
            interrupt()
            InterruptedRing.interrupt = interrupt
        return super().wrap(secret, context)


@pytest.fixture
def interrupted(settings: Settings) -> Iterator[None]:
    settings.KEY_MANAGER = f"{__name__}.InterruptedRing"
    yield
    InterruptedRing.interrupt = None


@pytest.mark.usefixtures("interrupted")
def test_callers_know_the_key_manager_by_the_settings_alone(settings: Settings) -> None:
    manager = key_manager()

    assert isinstance(manager, InterruptedRing)
    assert (manager.current_id, list(manager.key_ids)) == ("k1", ["k1"])


@pytest.mark.usefixtures("interrupted")
@pytest.mark.parametrize("change", ["move", "erase", "rewrap"])
def test_who_changes_a_row_in_the_middle_wins(shopper: Shopper, settings: Settings, change: str) -> None:
    sealed, other = factories.sealed(shopper, data=b"photo"), factories.shopper(consent=False)
    settings.PHOTO_KEYS = {"k2": K2, "k1": K1}
    act = {
        "move": lambda: object_reassign(sealed=SealedObject.objects.get(), shopper=other),
        "erase": lambda: object_erase(sealed=sealed, reason=ErasureReceipt.Reason.REQUESTED),
        "rewrap": lambda: object_rewrap(sealed=SealedObject.objects.get()),
    }
    InterruptedRing.interrupt = act[change]

    assert object_rewrap(sealed=sealed) is False
    owner = other if change == "move" else shopper
    rows = SealedObject.objects.values_list("shopper_id", "key_id")
    assert list(rows) == ([] if change == "erase" else [(owner.pk, "k2")])
    assert set(opened().values()) == (set() if change == "erase" else {b"photo"})


class KilledError(BaseException):
    """The process is gone."""


Step = tuple[str, int]
STEP = st.tuples(st.sampled_from(["seal", "move", "erase", "rotate", "kill"]), st.integers(0, 9))
OUTER = st.tuples(st.sampled_from(["seal", "new key", "rotate", "rotate"]), st.integers(0, 9))


class Shop:
    """A small machine: photos of two shoppers, a ring that grows, and what every photo must open to."""

    def __init__(self, settings: Settings) -> None:
        settings.PHOTO_KEYS = {"k0": K0}
        self.settings = settings
        self.owners = [factories.shopper(consent=False) for _ in range(2)]
        self.pictures: dict[uuid.UUID, bytes] = {}
        for step, choice in [("seal", 0), ("seal", 1), ("new key", 0)]:
            self.act(step, choice)

    def act(self, step: str, choice: int) -> None:
        rows = SealedObject.objects.filter(pk__in=self.pictures).order_by("created_at")
        row = rows[choice % len(rows)] if rows else None
        if step == "seal":
            picture = b"photo %d" % choice
            self.pictures[factories.sealed(self.owners[choice % 2], data=picture).pk] = picture
        elif step == "new key":
            number = len(self.settings.PHOTO_KEYS)
            self.settings.PHOTO_KEYS = {f"k{number}": bytes([number]) * 32, **self.settings.PHOTO_KEYS}
        elif step == "rotate":
            keys_rotate(batch_size=choice + 1)
        elif step == "kill":
            raise KilledError
        elif row and step == "move":
            object_reassign(sealed=row, shopper=self.owners[row.shopper == self.owners[0]])
        elif row:
            object_erase(sealed=row, reason=ErasureReceipt.Reason.REQUESTED)
            del self.pictures[row.pk]

    def act_amid(self, step: Step, amid: Iterator[Step]) -> None:
        """Do a step; before each wrapping of it, one step of another process."""

        def interrupt() -> None:
            if other := next(amid, None):
                self.act(*other)

        InterruptedRing.interrupt = interrupt if step[0] == "rotate" else None
        try:
            self.act(*step)
        except KilledError:
            pass
        finally:
            InterruptedRing.interrupt = None


@pytest.mark.usefixtures("interrupted")
@given(steps=st.lists(OUTER, max_size=12), amid=st.lists(STEP, max_size=8))
@checked(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_amid_rotations_everything_opens_and_old_keys_can_go(
    settings: Settings, steps: list[Step], amid: list[Step]
) -> None:
    SealedObject.objects.all().delete()  # of the example before
    shop, others = Shop(settings), iter(amid)
    for step in steps:
        shop.act_amid(step, others)
        assert opened() == shop.pictures

    keys_rotate()
    current = next(iter(settings.PHOTO_KEYS))
    settings.PHOTO_KEYS = {current: settings.PHOTO_KEYS[current]}
    assert opened() == shop.pictures
    assert objects_by_key() == ({current: len(shop.pictures)} if shop.pictures else {})


@pytest.mark.django_db(transaction=True)
def test_rotations_readers_and_a_login_at_once_do_not_hurt_each_other(
    photos: dict[uuid.UUID, bytes], shopper: Shopper, settings: Settings
) -> None:
    settings.PHOTO_KEYS = {"k2": K2, "k1": K1}
    other = factories.shopper(consent=False)
    done, errors, rotated = threading.Event(), [], []

    def start(act: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                act()
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def read() -> None:
        while not done.is_set():
            assert opened() == photos

    reader = start(read)
    with transaction.atomic():  # A login holds rows that both rotations come to.
        for sealed in SealedObject.objects.select_for_update().order_by("-pk")[:3]:
            object_reassign(sealed=sealed, shopper=other)
        rotations = [start(lambda: rotated.append(keys_rotate(batch_size=2))) for _ in range(2)]
        rotations[0].join(timeout=0.5)
        assert rotations[0].is_alive(), "it waits for the row that the login holds"
    for thread in rotations:
        thread.join(timeout=600)
    done.set()
    reader.join(timeout=600)

    assert errors == []
    assert sum(result.rewrapped for result in rotated) == 2, "the login has wrapped the other three"
    assert opened() == photos
    assert objects_by_key() == {"k2": 5}
    assert shopper.sealed_objects.count() == 2
