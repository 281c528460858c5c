"""Ciphertext and wrapped keys are flipped, cut, reordered, swapped between objects and owners"""

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tests.drills.report import Report
from tests.drills.stack import running_servers

if TYPE_CHECKING:
    from tryon.models import SealedObject

NUMBER = 11
PROMISE = "10,000 times, every one is rejected and not a byte of plaintext comes out"
SEGMENT = 1 << 20
"""Bytes of ciphertext that one tag protects."""
SIZES = (3_000, 2 * SEGMENT + 12_345)
"""Bytes of the objects: of one segment, and of three, which can be put in another order."""


def run(report: Report, *, short: bool) -> str:
    """Two objects of each of two owners and sizes; each attack is tried on a copy and must not open."""
    rounds = 500 if short else 10_000
    with running_servers():
        store = Store(random.Random(NUMBER))
        report.check(store.all_open(), "before the attacks all objects open")
        opened: Counter[str] = Counter()
        tried: Counter[str] = Counter()
        attacks = list(ATTACKS)
        for number in range(rounds):
            # A large object is decrypted up to the damage, so most attacks are on small ones.
            name, size = attacks[number % len(attacks)], SIZES[number % 10 == 0]
            if name in LARGE_ALONE:
                size = SIZES[1]
            tried[name] += 1
            opened[name] += not store.rejects(name, size)
        for name, times in tried.items():
            report.check(not opened[name], f"{name}: {times} tried, {opened[name]} opened")
        report.check(store.all_open(), "after them all objects open, so none was rejected for being broken")
    return f"{tried.total()} attacks of {len(tried)} kinds, {opened.total()} opened, 0 bytes came out"


class Store:
    """Objects at rest, and their bytes, to be altered in memory."""

    def __init__(self, chance: random.Random) -> None:
        from django.core.files.storage import storages

        from tests.tryon import factories

        self.chance = chance
        self.private = storages["private"]
        self.objects: dict[int, list[SealedObject]] = {size: [] for size in SIZES}
        self.plain: dict[uuid.UUID, bytes] = {}
        for owner in (factories.shopper(), factories.shopper()):
            for size in SIZES:
                for _ in range(2):
                    data = chance.randbytes(size)
                    sealed = factories.sealed(owner, data=data)
                    self.objects[size].append(sealed)
                    self.plain[sealed.pk] = data

    def bytes_of(self, sealed: "SealedObject") -> bytes:
        with self.private.open(sealed.storage_name) as file:
            content: bytes = file.read()
        return content

    def all_open(self) -> bool:
        """Whether every object opens to what was sealed."""
        from tryon.services.photo_store import object_open

        return all(
            object_open(sealed=sealed) == self.plain[sealed.pk]
            for row in self.objects.values()
            for sealed in row
        )

    def rejects(self, attack: str, size: int) -> bool:
        """Whether an attacked object is refused by SealError and nothing else comes out."""
        from django.core.files.base import ContentFile

        from tryon.key_ring import SealError
        from tryon.models import SealedObject
        from tryon.services.photo_store import object_open

        victim, other = self.chance.sample(self.objects[size], 2)
        copy = SealedObject.objects.get(pk=victim.pk)
        before = self.bytes_of(victim)
        altered = ATTACKS[attack](self, copy, other, before)
        if altered is not None:
            self.private.delete(victim.storage_name)
            self.private.save(victim.storage_name, ContentFile(altered))
        try:
            object_open(sealed=copy)
        except SealError:
            return True
        else:
            return False
        finally:
            if altered is not None:
                self.private.delete(victim.storage_name)
                self.private.save(victim.storage_name, ContentFile(before))


Attack = Callable[[Store, "SealedObject", "SealedObject", bytes], bytes | None]
"""Gives the altered ciphertext, or alters the row and gives None."""


def flipped(store: Store, data: bytes) -> bytes:
    """One bit of it is another."""
    place = store.chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << store.chance.randrange(8)]) + data[place + 1 :]


def segments(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), SEGMENT):
        yield data[start : start + SEGMENT]


def bit(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> bytes:
    return flipped(store, data)


def cut(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> bytes:
    return data[: store.chance.randrange(len(data))]


def cut_at_a_segment(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> bytes:
    return b"".join(list(segments(data))[: store.chance.randrange(1, 3)])


def lengthened(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> bytes:
    return data + store.chance.randbytes(store.chance.randrange(1, 100))


def reordered(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> bytes:
    first, second, *rest = segments(data)
    return b"".join([second, first, *rest])


def spliced(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> bytes:
    place = store.chance.randrange(1, len(data))
    return data[:place] + store.bytes_of(other)[place:]


def bytes_of_another(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> None:
    copy.storage_name = other.storage_name


def key_of_another(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> None:
    copy.wrapped_key = other.wrapped_key


def all_of_another(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> None:
    copy.wrapped_key, copy.storage_name = other.wrapped_key, other.storage_name


def key_flipped(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> None:
    copy.wrapped_key = flipped(store, bytes(copy.wrapped_key))


def another_owner(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> None:
    owners = {sealed.shopper_id for row in store.objects.values() for sealed in row}
    (copy.shopper_id,) = owners - {copy.shopper_id}


def another_kind(store: Store, copy: "SealedObject", other: "SealedObject", data: bytes) -> None:
    copy.kind = "result"


ATTACKS: dict[str, Attack] = {
    "a bit of the ciphertext": bit,
    "cut anywhere": cut,
    "cut between segments": cut_at_a_segment,
    "lengthened": lengthened,
    "segments reordered": reordered,
    "spliced with another object": spliced,
    "bytes of another object": bytes_of_another,
    "key of another object": key_of_another,
    "bytes and key of another object": all_of_another,
    "a bit of the wrapped key": key_flipped,
    "row given to another owner": another_owner,
    "row of another kind": another_kind,
}
LARGE_ALONE = {"cut between segments", "segments reordered"}
