"""The collection: which pattern, cloth and colours make the picture of each name."""

from collections.abc import Callable
from functools import partial

from shop.artwork import dresses, gowns, jackets, knitwear, shirts, skirts, tops, trousers
from shop.artwork.fabrics import DENIM, TWILL, WOOL
from shop.artwork.panels import Garment
from shop.artwork.prints import checks, dots, floral, stripes, sunrise

MEADOW = floral(("#d9573f", "#e9a23b", "#e7b7b0"), "#5d7f5c", "#6b3b22")
NIGHT_GARDEN = floral(("#e8b4a0", "#d8766a", "#f0d9b8"), "#4f7d74", "#e2a94c", cell=84, seed=9)

DESIGNS: dict[str, Callable[[], Garment]] = {
    "everyday-t-shirt-white": partial(tops.tee, "#f3f1ec", seed=3),
    "everyday-t-shirt-navy": partial(tops.tee, "#26344f", seed=4),
    "everyday-t-shirt-terracotta": partial(tops.tee, "#b5543c", seed=6),
    "striped-t-shirt-ocean": partial(
        tops.tee, "#f1eee6", seed=5, dye=stripes("#2a4d6e", 34, 15), trim="#2a4d6e"
    ),
    "sunrise-t-shirt-ecru": partial(
        tops.printed_tee,
        "#f0ebe0",
        sunrise((0, 545), 128, ("#f2b84b", "#e9803f", "#c9503f"), "#2f4858"),
        seed=7,
    ),
    "sunrise-t-shirt-petrol": partial(
        tops.printed_tee,
        "#27474e",
        sunrise((0, 545), 128, ("#f4d58d", "#f2a65a", "#e0704f"), "#0f2a33"),
        seed=8,
    ),
    "breton-top-navy": partial(tops.long_sleeve, "#efece3", stripes("#1f2c49", 26, 10), seed=11),
    "breton-top-red": partial(tops.long_sleeve, "#efece3", stripes("#a9323a", 26, 10), seed=12),
    "ribbed-tank-black": partial(tops.tank, "#2b2b2d", seed=13),
    "ribbed-tank-sage": partial(tops.tank, "#9db09a", seed=14),
    "full-sleeve-blouse-blush": partial(tops.blouse, "#d9a5a0", seed=29),
    "cable-sweater-ecru": partial(knitwear.sweater, "#e6dcc8", seed=17),
    "cable-sweater-forest": partial(knitwear.sweater, "#35533f", seed=18),
    "roll-neck-sweater-burgundy": partial(knitwear.roll_neck, "#6d2e3a", seed=19),
    "heavy-hoodie-grey": partial(knitwear.hoodie, "#9a9da1", seed=23),
    "heavy-hoodie-pine": partial(knitwear.hoodie, "#3d5a4c", seed=24),
    "oxford-shirt-sky": partial(shirts.shirt, "#b9cde4", seed=31),
    "oxford-shirt-white": partial(shirts.shirt, "#f4f3f0", seed=32),
    "checked-shirt-rust": partial(
        shirts.shirt, "#d9cbb2", dye=checks("#8f3a2a", 66, 30, "#24324a"), seed=33, button_colour="#5a4632"
    ),
    "denim-jacket-mid-blue": partial(jackets.denim_jacket, "#3f5d80", seed=37),
    "wool-blazer-slate": partial(jackets.blazer, "#3d4450", seed=41),
    "straight-jeans-indigo": partial(
        trousers.trousers, "#33496b", trousers.JEANS, DENIM, seed=43, thread="#c98d4a", jeans=True
    ),
    "straight-jeans-black": partial(
        trousers.trousers, "#38393c", trousers.JEANS, DENIM, seed=44, thread="#6a6a6a", jeans=True
    ),
    "cotton-chinos-sand": partial(
        trousers.trousers, "#c2a878", trousers.CHINOS, TWILL, seed=47, crease=True, wrinkle=6
    ),
    "wide-trousers-charcoal": partial(
        trousers.trousers, "#4a4a4e", trousers.WIDE, WOOL, seed=53, crease=True, wrinkle=6
    ),
    "twill-shorts-olive": partial(trousers.trousers, "#7d8460", trousers.SHORTS, TWILL, seed=59, wrinkle=7),
    "pleated-skirt-sage": partial(skirts.pleated_skirt, "#7c9a86", seed=61),
    "corduroy-skirt-rust": partial(skirts.button_skirt, "#a5552f", seed=67),
    "dotted-skirt-navy": partial(skirts.flared_skirt, "#24304e", dots("#efe9dc", 26, 4.2), seed=71),
    "meadow-dress-ivory": partial(dresses.tiered_dress, "#f4efe4", MEADOW, seed=73),
    "wrap-dress-teal": partial(dresses.wrap_dress, "#1f5a57", seed=79),
    "wrap-dress-night-garden": partial(dresses.wrap_dress, "#1d2436", NIGHT_GARDEN, seed=80),
    "shirt-dress-blue-stripe": partial(
        gowns.shirt_dress, "#f1efe9", stripes("#4a6fa0", 13, 4.5, upright=True), seed=83
    ),
    "knit-dress-mocha": partial(gowns.knit_dress, "#a88f78", seed=89),
    "slip-gown-wine": partial(gowns.evening_dress, "#6a1534", seed=97),
    "slip-gown-emerald": partial(gowns.evening_dress, "#14573f", seed=98),
}
