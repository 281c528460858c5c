"""The sample shoppers: bodies, looks and what they wear. None of them exists."""

from dataclasses import dataclass, field

import numpy as np

from shop.artwork.fabrics import CREPE, DENIM, JERSEY, TWILL
from shop.artwork.people import layers
from shop.artwork.people.body import Stance, figure
from shop.artwork.people.cloth import Cloth
from shop.artwork.people.face import Complexion
from shop.artwork.people.hair import Hair
from shop.artwork.people.portrait import render

SHAPE = {"muscle": 0.5, "height": 0.5, "proportions": 0.75, "cupsize": 0.5, "firmness": 0.6}
WOMAN, MAN = {**SHAPE, "gender": 0.97}, {**SHAPE, "gender": 0.04}


@dataclass(frozen=True)
class Shopper:
    """`origin` mixes the body model's three sets of features: african, asian, caucasian."""

    shape: dict[str, float]
    origin: tuple[float, float, float]
    stance: Stance
    looks: Complexion
    hair: Hair
    clothes: dict[str, Cloth]
    top: dict[str, float] = field(default_factory=dict)
    flare: float = 0.014

    def picture(self) -> np.ndarray:
        """The rendered picture, RGB uint8 (1350, 900, 3)."""
        origin = dict(zip(("african", "asian", "caucasian"), self.origin, strict=True))
        person = figure({**self.shape, **origin}, self.stance)
        parts = [
            layers.trousers(person, hem=0.083, flare=self.flare),
            layers.top(person, **{"sleeve": 0.5, "hem": 0.045, "neck": 0.085, "ease": 0.013, **self.top}),
            layers.shoes(person),
        ]
        return render(person, parts, self.looks, self.hair, self.clothes)


SHOPPERS = {
    "shopper-1": Shopper(
        {**WOMAN, "age": 0.62, "muscle": 0.45, "weight": 0.42, "height": 0.52},
        (0.95, 0.0, 0.05),
        Stance((15, 13), (10, 16), 3, head_turn=4, head_tilt=-2),
        Complexion("#84543a", "#80403c", "#17110e", "#3a2214", 0.9),
        Hair(0.055, 1.0, 0.064, shells=22),
        {
            "top": Cloth(JERSEY, "#e9e4da"),
            "lower": Cloth(DENIM, "#3a4d6b", 0.9),
            "shoe": Cloth(CREPE, "#6d6a66"),
        },
        {"sleeve": 0.42, "hem": 0.03, "swell": 0.4},
    ),
    "shopper-2": Shopper(
        {**MAN, "age": 0.66, "muscle": 0.6, "weight": 0.48},
        (0.0, 0.05, 0.95),
        Stance((17, 15), (12, 9), 4, head_turn=-4, head_tilt=1),
        Complexion("#d9a98c", "#b5736a", "#3b2618", "#4c6a78", 0.8, 0.55),
        Hair(0.022, 0.0, 0.07, top=0.9),
        {
            "top": Cloth(JERSEY, "#51616b"),
            "lower": Cloth(TWILL, "#a08a66", 0.9),
            "shoe": Cloth(CREPE, "#4b3b30"),
        },
        {"sleeve": 0.55},
        flare=0.02,
    ),
    "shopper-3": Shopper(
        {**WOMAN, "age": 0.68, "muscle": 0.42, "weight": 0.74, "height": 0.46},
        (0.1, 0.0, 0.9),
        Stance((19, 17), (9, 12), 4, head_turn=3, head_tilt=2),
        Complexion("#e3b498", "#bd6f69", "#5a3218", "#55683f", 0.7),
        Hair(0.016, 0.0, 0.066, fall=0.22),
        {
            "top": Cloth(JERSEY, "#7a3b4e"),
            "lower": Cloth(CREPE, "#2b2c31", 0.8),
            "shoe": Cloth(CREPE, "#2a2624"),
        },
        {"sleeve": 1.35, "neck": 0.11},
    ),
    "shopper-4": Shopper(
        {**MAN, "age": 0.61, "weight": 0.4},
        (0.0, 0.95, 0.05),
        Stance((14, 16), (14, 10), 3, head_turn=-3, head_tilt=-1),
        Complexion("#d0a27c", "#a8675a", "#14110f", "#2a1a10", 0.85),
        Hair(0.026, 0.0, 0.054, top=0.7),
        {
            "top": Cloth(JERSEY, "#c9a24a"),
            "lower": Cloth(DENIM, "#2e3440", 0.9),
            "shoe": Cloth(CREPE, "#6d6a66"),
        },
    ),
}
