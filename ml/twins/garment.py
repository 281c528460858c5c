"""Random garments in units of the body: what is cut, how wide it is and how it falls."""

from dataclasses import dataclass, replace

import numpy as np

from ml.features import CATEGORIES


@dataclass(frozen=True)
class Neckline:
    """A hole of width 2 * `half` whose front lies `front` and whose back lies `back` metres below the neck.

    power: 1 makes a V, 2 a round, 6 a square hole. collar: height of a standing collar in place of a hole, or
    None. strapless: cut straight across above the bust.
    """

    half: float
    front: float
    back: float
    power: float
    collar: float | None
    strapless: bool


@dataclass(frozen=True)
class Sleeves:
    """length: of the arm, 1 = wrist; None is sleeveless, cut `strap` of the shoulder's width from the middle.
    Widths are metres of radius added at the shoulder and at the hem."""

    length: float | None
    strap: float
    top: float
    end: float


@dataclass(frozen=True)
class Fall:
    """How the tube falls: `ease` metres wider than the body; slopes above and below the waist (metres
    outwards per metre down), and folds of `folds` metres below."""

    ease: float
    upper: float
    lower: float
    folds: float


@dataclass(frozen=True)
class Garment:
    """hem and waist are resting heights: 1 = shoulder joint, 0 = hip joint, -1 = knee, -2 = ankle."""

    category: str
    neck: Neckline | None
    sleeves: Sleeves | None
    fall: Fall
    hem: float
    waist: float
    hem_curve: float  # metres the hem drops (> 0) or rises from the sides to the middle
    legs: tuple[float, float, float] | None  # length (1 = ankle), radius added at the thigh and at the hem
    offset: float  # metres of cloth on the skin
    opening: tuple[float, float] | None = None  # half the width of an open front at the neck and at the hem

    @property
    def long_sleeves(self) -> bool:
        """Whether sleeves reach well beyond the elbow."""
        return self.sleeves is not None and (self.sleeves.length or 0) > 0.65


def _looseness(rng: np.random.Generator) -> float:
    """0 is skin-tight, 1 oversized. One number for the whole garment: a wide shirt has wide sleeves and hangs
    low, which is how its size can be told from a picture that it fills."""
    return float(rng.beta(1.1, 1.7))


def _neckline(rng: np.random.Generator, dress: bool) -> Neckline:
    kind = rng.choice(["round", "v", "square", "collar", "strapless"], p=[0.52, 0.22, 0.1, 0.11, 0.05])
    wide = rng.uniform(0, 1) if rng.random() < 0.3 else 0.0
    half = rng.uniform(0.068, 0.08) + 0.035 * wide
    front = rng.uniform(0.05, 0.09) + 0.06 * wide * rng.random()
    if kind == "v":
        half, front = rng.uniform(0.068, 0.085) + 0.012 * wide, rng.uniform(0.1, 0.2)
    power = {"v": rng.uniform(1, 1.15), "square": rng.uniform(3.5, 7)}.get(kind, rng.uniform(1.7, 2.6))
    back = rng.uniform(0.005, 0.04) if rng.random() < 0.8 else rng.uniform(0.03, 0.12)
    collar = rng.uniform(0.0, 0.055) if kind == "collar" else None
    return Neckline(half, front, back, power, collar, kind == "strapless" and (dress or rng.random() < 0.3))


def _sleeves(rng: np.random.Generator, loose: float) -> Sleeves:
    kind = rng.choice(["none", "short", "middle", "long"], p=[0.2, 0.36, 0.14, 0.3])
    length = {
        "none": None,
        "short": rng.uniform(0.17, 0.38),
        "middle": rng.uniform(0.38, 0.8),
        "long": rng.uniform(0.91, 1.03),
    }[kind]
    strap = rng.uniform(0.55, 0.8) if rng.random() < 0.4 else rng.uniform(0.78, 1.08)
    top = 0.002 + 0.034 * loose * rng.uniform(0.7, 1.3)
    end = top * rng.uniform(0.4, 1.3)
    if rng.random() < 0.1:
        end = rng.uniform(0.03, 0.1)
    return Sleeves(length, strap, top, end)


def _waist(rng: np.random.Generator, usual: float) -> float:
    """Between hip bone and navel, the few low and high cut ones included."""
    return float(np.clip(rng.normal(usual, 0.055), 0.06, 0.38))


def _trousers(rng: np.random.Generator) -> Garment:
    kind = rng.choice(["long", "cropped", "shorts"], p=[0.58, 0.17, 0.25])
    length = {
        "long": rng.uniform(0.9, 1.06),
        "cropped": rng.uniform(0.6, 0.9),
        "shorts": rng.uniform(0.12, 0.5),
    }
    cut = rng.choice(["skinny", "straight", "wide", "flared"], p=[0.28, 0.38, 0.2, 0.14])
    thigh = {"skinny": (0, 0.006), "straight": (0.004, 0.02), "wide": (0.015, 0.05), "flared": (0, 0.015)}[
        cut
    ]
    end = {"skinny": (0, 0.01), "straight": (0.02, 0.05), "wide": (0.05, 0.11), "flared": (0.05, 0.11)}[cut]
    legs = (length[kind], rng.uniform(*thigh), rng.uniform(*end))
    fall = Fall(rng.uniform(0.002, 0.02), rng.uniform(-1.5, -0.3), 0.0, 0.0)
    return Garment(
        "lower_body", None, None, fall, -2.0, _waist(rng, 0.22), 0.0, legs, rng.uniform(0.004, 0.012)
    )


def _skirt_fall(rng: np.random.Generator) -> tuple[float, float]:
    """Slope and folds of a pencil, A-line or full skirt."""
    kind = rng.choice(3, p=[0.34, 0.4, 0.26])
    slope = (rng.uniform(-0.5, -0.02), rng.uniform(0.0, 0.28), rng.uniform(0.25, 0.6))[kind]
    return slope, (0.0, rng.uniform(0, 0.02), rng.uniform(0.01, 0.045))[kind]


def _skirt(rng: np.random.Generator) -> Garment:
    slope, folds = _skirt_fall(rng)
    fall = Fall(rng.uniform(0.003, 0.015), -1.0, slope, folds)
    hem = rng.uniform(-1.0, -0.3) if rng.random() < 0.6 else rng.uniform(-1.9, -1.0)
    curve = rng.normal(0, 0.012)
    return Garment("lower_body", None, None, fall, hem, _waist(rng, 0.27), curve, None, 0.006)


def _dress(rng: np.random.Generator) -> Garment:
    slope, folds = _skirt_fall(rng)
    loose = _looseness(rng)
    upper = rng.uniform(-1.8, -0.5) if loose < 0.45 else rng.uniform(-0.4, 0.05)
    fall = Fall(0.003 + 0.028 * loose * rng.uniform(0.7, 1.3), upper, max(slope, upper), folds)
    hem = rng.uniform(-1.1, -0.35) if rng.random() < 0.6 else rng.uniform(-1.95, -1.1)
    neck, sleeves = _neckline(rng, dress=True), _sleeves(rng, loose)
    waist = rng.uniform(0.22, 0.45)
    return Garment(
        "dresses",
        neck,
        _fitting(neck, sleeves),
        fall,
        hem,
        waist,
        rng.normal(0, 0.012),
        None,
        rng.uniform(0.004, 0.01),
    )


def _top_hem(rng: np.random.Generator, loose: float) -> float:
    """Over the hip as a rule, lower the looser; some tops are cropped, some tunics."""
    kind = rng.random()
    if kind < 0.14:
        return rng.uniform(0.1, 0.42)
    if kind < 0.2:
        return rng.uniform(-0.6, -0.3)
    return rng.normal(-0.06 - 0.18 * loose, 0.08)


def _top(rng: np.random.Generator) -> Garment:
    loose = _looseness(rng)
    upper = rng.uniform(-1.6, -0.4) if loose < 0.35 else rng.uniform(-0.4, 0.06)
    lower = upper if rng.random() < 0.8 else rng.uniform(0, 0.3)
    fall = Fall(0.003 + 0.04 * loose * rng.uniform(0.7, 1.3), upper, lower, 0.0)
    hem = _top_hem(rng, loose)
    neck, sleeves = _neckline(rng, dress=False), _sleeves(rng, loose)
    return Garment(
        "upper_body",
        neck,
        _fitting(neck, sleeves),
        fall,
        hem,
        0.3,
        rng.normal(0, 0.012),
        None,
        rng.uniform(0.004, 0.014),
    )


def _coat(rng: np.random.Generator) -> Garment:
    """Jackets, cardigans and coats, worn over other clothing: long sleeves, and many with an open front."""
    loose = rng.uniform(0.25, 1.0)
    fall = Fall(
        0.01 + 0.04 * loose * rng.uniform(0.7, 1.3), rng.uniform(-0.4, 0.06), rng.uniform(0, 0.2), 0.0
    )
    neck = replace(_neckline(rng, dress=False), strapless=False)
    top = 0.008 + 0.034 * loose * rng.uniform(0.7, 1.3)
    sleeves = Sleeves(rng.uniform(0.88, 1.05), rng.uniform(0.9, 1.1), top, top * rng.uniform(0.5, 1.2))
    hem = rng.uniform(-0.25, 0.15) if rng.random() < 0.6 else rng.uniform(-0.85, -0.25)
    opening = (rng.uniform(0.0, 0.05), rng.uniform(0.01, 0.16)) if rng.random() < 0.6 else None
    return Garment("upper_body", neck, sleeves, fall, hem, 0.3, 0.0, None, rng.uniform(0.008, 0.02), opening)


def _fitting(neck: Neckline, sleeves: Sleeves) -> Sleeves:
    """Strapless garments have no sleeves."""
    return Sleeves(None, 1.05, 0.0, 0.0) if neck.strapless else sleeves


def random_garment(rng: np.random.Generator, category: str | None = None) -> Garment:
    """A garment of `category`, or of any: tops are the most frequent."""
    category = category or str(rng.choice(CATEGORIES, p=[0.5, 0.28, 0.22]))
    if category == "upper_body":
        return _coat(rng) if rng.random() < 0.15 else _top(rng)
    if category == "dresses":
        return _dress(rng)
    if category == "lower_body":
        return _trousers(rng) if rng.random() < 0.66 else _skirt(rng)
    raise ValueError(f"unknown category {category!r}")
