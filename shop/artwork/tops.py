"""T-shirts and blouses."""

import numpy as np

from shop.artwork.bodice import Bodice, hem_seam, neckband
from shop.artwork.fabrics import CREPE, FINE_RIB, JERSEY, RIB, Fabric
from shop.artwork.geometry import band, curve, flip, mirrored, offset
from shop.artwork.panels import Garment, Panel, Print, Seam
from shop.artwork.relief import Wrinkles, noise
from shop.artwork.sleeves import Sleeve

LONG = Sleeve(length=560, angle=19, cuff=84, bend=6, puff=8)


T_SHIRT = Bodice()


def tee(
    colour: str, *, seed: int, dye: Print | None = None, trim: str | None = None, body: Bodice = T_SHIRT
) -> Garment:
    """A crew-neck T-shirt."""
    trim = trim or colour
    sleeves = Sleeve().panels(body, JERSEY, colour, dye=dye, seed=seed)
    front = body.front(JERSEY, colour, seams=[hem_seam(body)], fold_seed=seed, dye=dye)
    return Garment(
        [*body.inner_back(JERSEY, colour, dye=dye), *sleeves, front, neckband(body, RIB, trim)], seed
    )


def printed_tee(colour: str, picture: Print, *, seed: int) -> Garment:
    """A T-shirt with a picture on the chest only."""
    body = Bodice(chest=216, waist=210, hem=214)
    front = body.front(JERSEY, colour, seams=[hem_seam(body)], fold_seed=seed, dye=picture)
    return Garment(
        [
            *body.inner_back(JERSEY, colour),
            *Sleeve().panels(body, JERSEY, colour, seed=seed),
            front,
            neckband(body, RIB, colour),
        ],
        seed,
    )


BOAT_NECK = Bodice(
    neck=118,
    front_drop=58,
    back_drop=22,
    shoulder=196,
    slope=40,
    chest=200,
    waist=190,
    hem=200,
    length=650,
)


def long_sleeve(colour: str, dye: Print, *, seed: int) -> Garment:
    """A boat-neck top with long sleeves."""
    body = BOAT_NECK
    sleeves = LONG.panels(body, JERSEY, colour, dye=dye, hem=13, seed=seed)
    front = body.front(JERSEY, colour, seams=[hem_seam(body)], fold_seed=seed, dye=dye)
    return Garment(
        [*body.inner_back(JERSEY, colour, 13, dye), *sleeves, front, neckband(body, FINE_RIB, colour, 13)],
        seed,
    )


TANK = Bodice(
    neck=92,
    front_drop=168,
    back_drop=92,
    shoulder=138,
    slope=16,
    armhole=232,
    chest=186,
    waist=168,
    hem=186,
    length=640,
)


def tank(colour: str, *, seed: int) -> Garment:
    """A ribbed tank top with bound edges."""
    body = TANK
    arm = curve(
        body.run((body.shoulder, body.slope), (122, 130), (148, 215), (body.chest, body.slope + body.armhole))
    )
    half = [tuple(p) for p in arm]
    shape = mirrored(
        body.half_neckline(body.front_drop),
        body.run((95, 0), (138, 16)),
        half,
        body.half_side(),
        body.half_hem(),
    )
    wrinkles = (Wrinkles(6, 80, 240, 0.25), Wrinkles(1.6, 34, 90, 0.4))
    front = Panel(
        shape, FINE_RIB, colour, folds=body.pulls(seed, 4.5), wrinkles=wrinkles, seams=(hem_seam(body, 14),)
    )
    bindings = []
    for side in (arm, flip(arm)[::-1]):
        spine = offset(side, -6 if side is arm else 6)
        seam = Seam(offset(spine, -5 if side is arm else 5), 0.4, 1.2, 0.3, (0,))
        bindings.append(
            Panel(band(spine, 6.5), JERSEY, colour, spine, within=shape, lift=0.08, seams=(seam,))
        )
    inside = mirrored(
        body.half_neckline(body.back_drop),
        body.run((95, 0), (136, 16)),
        body.run((136, 16), (116, 130), (150, 240)),
        body.run((150, 240), (0, 250)),
    )
    back = Panel(inside, FINE_RIB, colour, shade=0.64, dome=0, lift=0.3)
    rim = offset(body.neckline(body.back_drop), -6)
    inner = Panel(band(rim, 6.5), JERSEY, colour, rim, within=back.shape, shade=0.72, dome=0, lift=0.1)
    return Garment(
        [back, inner, front, neckband(body, JERSEY, colour, 13).with_(within=shape), *bindings], seed
    )


BLOUSE = Bodice(
    neck=82,
    front_drop=178,
    back_drop=20,
    pointed=True,
    shoulder=192,
    slope=46,
    armhole=188,
    chest=206,
    waist=206,
    hem=222,
    length=590,
    hem_dip=14,
)


def blouse(colour: str, *, fabric: Fabric = CREPE, dye: Print | None = None, seed: int) -> Garment:
    """A V-neck blouse with full sleeves gathered into cuffs."""
    body = BLOUSE
    sleeve = Sleeve(length=500, angle=22, cuff=120, bend=4, puff=12, fullness=30)
    sleeves = sleeve.panels(body, fabric, colour, cuff=fabric, cuff_length=34, wrinkle=9, seed=seed, dye=dye)

    def gather(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return 7 * noise(u / 26, v / 700, seed) * np.clip((v - body.top - 160) / 300, 0, 1)

    front = body.front(
        fabric,
        colour,
        fold_seed=seed,
        fold_height=6,
        drape=gather,
        dye=dye,
        seams=[hem_seam(body, 7, False)],
        wrinkles=(Wrinkles(9, 60, 260, 0.3),),
    )
    split = Seam(
        curve(body.run((0, body.front_drop), (1, body.front_drop + 3), (0, body.length))), 1.2, 1.5, 0.5
    )
    front = front.with_(seams=(*front.seams, split))
    rim = offset(body.neckline(body.front_drop), -5)
    facing = Panel(band(rim, 6), fabric, colour, rim, within=body.shape(), lift=0.12, print=dye)
    return Garment([*body.inner_back(fabric, colour, 9, dye), *sleeves, front, facing], seed)
