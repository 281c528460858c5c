"""Skirts, and the folds and hems that dresses share with them. y = 0 is the upper edge of the waistband."""

import numpy as np

from shop.artwork.fabrics import CORDUROY, CREPE, SATIN, Fabric
from shop.artwork.geometry import CENTRE, Point, curve, mirrored, offset
from shop.artwork.panels import Drape, Garment, Panel, Print, Seam
from shop.artwork.parts import button
from shop.artwork.relief import Wrinkles, fan, noise, ramp
from shop.artwork.trousers import at, run, waistband


def skirt_shape(
    half: float, hip: float, hem: float, length: float, top: float = 0, dip: float = 16, wave: float = 0
) -> np.ndarray:
    """Outline of a skirt that widens from the waist at `top` over the hip to the hem."""
    return mirrored(
        run((0, top + 10), (half, top)),
        run((half, top), (hip, top + 0.3 * length), (hem, top + length)),
        _wavy(
            run((hem, top + length), (0.55 * hem, top + length + 0.8 * dip), (0, top + length + dip)), wave
        ),
    )


def _wavy(hem: list[Point], wave: float) -> list[Point]:
    """A hem that rises and falls with the folds."""
    line = curve(hem)
    line[:, 1] += wave * noise(line[:, 0] / 34, line[:, 0] * 0, 17) * np.linspace(1, 0.2, len(line))
    return [tuple(point) for point in line]


def skirt_hem(hem: float, y: float, dip: float = 16) -> np.ndarray:
    """Hemline of such a skirt from left to right."""
    return curve(
        run((-hem, y), (-0.55 * hem, y + 0.8 * dip), (0, y + dip), (0.55 * hem, y + 0.8 * dip), (hem, y))
    )


def gathers(height: float, pitch: float, top: float, length: float, spread: float, seed: int) -> Drape:
    """Folds that fall from a gathered edge and fan out: cloth is `1 + spread` times as wide at the hem."""

    def drape(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        t = np.clip((v - top) / length, 0, 1.2)
        x = u / (1 + spread * t)
        deep = noise(x / pitch, v / 1500, seed) + 0.45 * noise(x / (0.45 * pitch), v / 500, seed + 1) * (
            1 - 0.7 * t
        )
        return height * deep * (0.35 + 0.85 * ramp(t, 0, 0.8))

    return drape


def pleats(height: float, pitch: float, top: float, length: float, spread: float) -> Drape:
    """Sharp knife pleats that open towards the hem."""

    def drape(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        t = np.clip((v - top) / length, 0, 1.2)
        x = u / (1 + spread * t) + 0.09 * pitch * noise(u / 300, v / 260, 5)
        saw = (x / pitch) % 1
        ridge = np.where(saw < 0.86, saw / 0.86, (1 - saw) / 0.14)
        return height * (0.45 + 0.75 * t) * (ridge - 0.5)

    return drape


def pleated_skirt(colour: str, *, fabric: Fabric = SATIN, seed: int) -> Garment:
    """A midi skirt in fine pleats."""
    length, spread = 800, 1.05
    hem = Seam(offset(skirt_hem(318, length + 38), 8), 0.3, 1.2, 0.3, (0,))
    shape = _zigzag(skirt_shape(140, 196, 318, length, 38), pitch=40)
    cloth = Panel(
        shape,
        fabric,
        colour,
        drape=pleats(9, 20, 40, length, spread),
        wrinkles=(Wrinkles(5, 90, 300, 0.1),),
        seams=(hem,),
        lift=0.6,
    )
    back, band = waistband(140, 44, fabric, colour, colour)
    return Garment([back, cloth, band], seed)


def _zigzag(shape: np.ndarray, pitch: float) -> np.ndarray:
    """Make the lower edge of an outline rise and fall with the pleats."""
    out = shape.copy()
    low = out[:, 1] > out[:, 1].max() - 20
    phase = (out[low, 0] - CENTRE) / pitch % 1
    out[low, 1] += 5 * np.where(phase < 0.86, phase / 0.86, (1 - phase) / 0.14)
    return out


def button_skirt(
    colour: str, *, fabric: Fabric = CORDUROY, seed: int, button_colour: str = "#4b3626"
) -> Garment:
    """An A-line skirt buttoned down the front with patch pockets."""
    length = 560
    seams = [
        Seam(curve(run((s * 22, 44), (s * 23, 300), (s * 22, length + 60))), 0.6, 1.5, 0.5, (0,))
        for s in (-1, 1)
    ]
    seams += [
        Seam(curve(run((s * 78, 46), (s * 118, 320), (s * 168, length + 50))), 0.9, 1.6, 0.6, (s * 4,))
        for s in (-1, 1)
    ]
    seams.append(Seam(offset(skirt_hem(286, length + 40), 22), 0.6, 1.5, 0.6, (0,)))
    folds = fan(at(150, length + 40), 176, 20, 2, 330, 22, 8, seed) + fan(
        at(-190, length + 40), 182, 20, 2, 330, 22, 8, seed + 1
    )
    cloth = Panel(
        skirt_shape(150, 204, 286, length, 40),
        fabric,
        colour,
        folds=folds,
        wrinkles=(Wrinkles(9, 100, 300, 0.2),),
        seams=tuple(seams),
        lift=0.6,
    )
    opening = Seam(curve(run((24, 40), (25, 300), (24, length + 56))), 1.6, 1.8, 0.4, ink=0.3)
    back, band = waistband(150, 46, fabric, colour, colour)
    trims = [p for k in range(6) for p in button(at((-1) ** k, 31 + 92 * k), 11, button_colour)]
    return Garment([back, cloth.with_(seams=(*seams, opening)), band, *trims], seed)


def flared_skirt(
    colour: str, dye: Print | None = None, *, fabric: Fabric = CREPE, seed: int, length: float = 640
) -> Garment:
    """A gathered A-line skirt with an elastic waist."""
    cloth = Panel(
        skirt_shape(136, 226, 340, length, 34, 22, 9),
        fabric,
        colour,
        drape=gathers(30, 40, 40, length, 1.2, seed),
        print=dye,
        wrinkles=(Wrinkles(6, 70, 220, 0.3),),
        seams=(),
        lift=0.6,
    )
    back, band = waistband(136, 42, fabric, colour, None)
    ruched = band.with_(drape=lambda u, v: 2.4 * noise(u / 400, v / 5.5, seed), print=dye)
    return Garment([back.with_(print=dye), cloth, ruched], seed)
