"""Training samples: which may be used, and what is amiss with them."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from tryon.errors import TryOnError
from tryon.models import Consent, Garment, Shopper, TrainingSample

SMALL = 512
"""Pixels of the shorter side below which a picture teaches nothing about cloth."""
BLURRED = 0.25
"""Sharpness (0 to 1) below which a picture teaches to blur."""
ALIKE = 4
"""Bits of 64 by which two perceptual hashes of the same picture may differ."""
HASH_BITS = 64
PART_BITS = -(-HASH_BITS // (ALIKE + 1))
RARE = 0.5
"""Share of what a group would have if all of its kind had the same, below which it is rare."""
UNKNOWN = "unknown"
GROUPS: dict[str, tuple[str, ...]] = {
    "categories": tuple(Garment.Category.values),
    "sizes": ("slim", "middle", "broad"),
    "tones": ("very light", "light", "intermediate", "tan", "brown", "dark"),
    "sleeves": ("sleeveless", "short", "long"),
}
"""Every group of each kind that is counted; `ml.groups` tells them apart."""


class SamplesReport(NamedTuple):
    """Counts of samples that may be used, by their ids where somebody has to look. `rare`: groups that have
    too few or none, by the name of the field that counts them."""

    total: int
    sources: dict[str, int]
    categories: dict[str, int]
    rare: dict[str, list[str]]
    sizes: dict[str, int]
    tones: dict[str, int]
    sleeves: dict[str, int]
    repeated: list[str]
    alike: list[str]
    blurred: list[str]
    small: list[str]
    other_worn: list[str]
    refused: dict[str, int]


def samples_visible(*, user: AbstractUser | AnonymousUser, is_staff: bool) -> QuerySet[TrainingSample]:
    """All samples, newest first. Raises TryOnError `not_found` for whoever may not see any."""
    if not (is_staff and user.has_perm("tryon.view_trainingsample")):
        raise TryOnError("not_found")
    return TrainingSample.objects.all()


def sample_get(*, sample_id: uuid.UUID, user: AbstractUser | AnonymousUser, is_staff: bool) -> TrainingSample:
    """Raises TryOnError `not_found`, also for what the account may not see."""
    sample = samples_visible(user=user, is_staff=is_staff).filter(pk=sample_id).first()
    if sample is None:
        raise TryOnError("not_found")
    return sample


def samples_of(*, shopper: Shopper | None) -> QuerySet[TrainingSample]:
    """What was made of the shopper's photos to train on."""
    mine = TrainingSample.objects.filter(shopper=shopper) if shopper else TrainingSample.objects.none()
    return mine.filter(status=TrainingSample.Status.SUCCEEDED)


def samples_for_training() -> QuerySet[TrainingSample]:
    """What may be trained on at this moment: made, not expired, a merchant's or of a shopper who agrees."""
    agreed = Consent.objects.filter(
        purpose=Consent.Purpose.TRAINING,
        version=settings.TRYON["CONSENT_VERSION"],
        withdrawn_at__isnull=True,
    )
    permitted = Q(source=TrainingSample.Source.MERCHANT) | Q(shopper__in=agreed.values("shopper"))
    alive = Q(status=TrainingSample.Status.SUCCEEDED, expires_at__gt=timezone.now())
    return TrainingSample.objects.filter(permitted, alive)


def samples_of_batch(*, batch: uuid.UUID) -> QuerySet[TrainingSample]:
    """The photos that came together, in the order of their list."""
    rows = TrainingSample.objects.filter(batch=batch)
    return rows.select_related("garment").order_by("created_at", "pk")


def samples_report() -> SamplesReport:
    """What there is to train on, and what is repeated, blurred, small, or rare."""
    rows = list(samples_for_training().select_related("garment").order_by("created_at", "pk"))
    refused = TrainingSample.objects.filter(status=TrainingSample.Status.FAILED)
    counts = {
        "categories": dict(Counter(name for row in rows for name in categories_of(row))),
        "sizes": _counted(rows, "size"),
        "tones": _counted(rows, "skin_tone"),
        "sleeves": _counted(rows, "sleeve"),
    }
    by_hash = Counter(row.sha256 for row in rows)
    return SamplesReport(
        total=len(rows),
        sources=dict(Counter(row.source for row in rows)),
        **counts,
        rare={kind: _rare(counted, GROUPS[kind]) for kind, counted in counts.items()},
        repeated=_ids(row for row in rows if by_hash[row.sha256] > 1),
        alike=_alike(rows),
        blurred=_ids(row for row in rows if row.quality.get("sharpness", 1) < BLURRED),
        small=_ids(row for row in rows if _shorter_side(row) < SMALL),
        other_worn=_ids(row for row in rows if _other_worn(row)),
        refused=dict(Counter(refused.values_list("error_code", flat=True))),
    )


def categories_of(sample: TrainingSample) -> list[str]:
    """What the sample can teach: its garment's category, else what is worn in it."""
    worn: list[str] = sample.quality.get("categories", [])
    return [sample.garment.category] if sample.garment else worn


def _other_worn(sample: TrainingSample) -> bool:
    """Whether the photo shows clothes, and none of the category of the sample's garment."""
    worn = sample.quality.get("categories", [])
    return bool(sample.garment and worn and sample.garment.category not in worn)


def _rare(counts: dict[str, int], groups: Sequence[str]) -> list[str]:
    """Groups with less than RARE of an even share of what is known, none at all included."""
    fair = RARE * sum(counts.get(name, 0) for name in groups) / len(groups)
    return [name for name in groups if counts.get(name, 0) < fair]


def _counted(samples: list[TrainingSample], name: str) -> dict[str, int]:
    return dict(Counter(sample.quality.get(name) or UNKNOWN for sample in samples))


def _alike(samples: list[TrainingSample]) -> list[str]:
    """Samples that look like another one and are not byte for byte the same.

    Hashes that differ in ALIKE bits at most agree in at least one of ALIKE + 1 parts, so only those are
    compared.
    """
    hashed = [(sample, int(sample.quality["hash"], 16)) for sample in samples if "hash" in sample.quality]
    shelves: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, (_, code) in enumerate(hashed):
        for part in range(0, HASH_BITS, PART_BITS):
            shelves[part, code >> part & (1 << PART_BITS) - 1].append(index)
    found = {
        index
        for shelf in shelves.values()
        for pair in combinations(shelf, 2)
        if (hashed[pair[0]][1] ^ hashed[pair[1]][1]).bit_count() <= ALIKE
        and hashed[pair[0]][0].sha256 != hashed[pair[1]][0].sha256
        for index in pair
    }
    return _ids(hashed[index][0] for index in sorted(found))


def _shorter_side(sample: TrainingSample) -> int:
    side: int = min(sample.quality.get("width", 0), sample.quality.get("height", 0))
    return side


def _ids(samples: Iterable[TrainingSample]) -> list[str]:
    return [str(sample.pk) for sample in samples]
