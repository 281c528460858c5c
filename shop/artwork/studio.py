"""The photographer: lays panels on a white table, lights them and takes the picture.

Work happens at `SCALE` samples per picture pixel in linear light and is reduced at the end. Deterministic.
"""

import cv2
import numpy as np

from shop.artwork.geometry import coordinates
from shop.artwork.panels import Garment, Panel, Seam, linear
from shop.artwork.relief import Box, noise, ramp, rounded

WIDTH, HEIGHT, SCALE = 1024, 1365, 2
ROOM, LARGEST = np.array([900, 1215]), 1.45
BACKGROUND = np.array([0.955, 0.955, 0.95], np.float32)
KEY = np.array([-0.42, -0.56, 0.72], np.float32)
FILL = np.array([0.55, 0.10, 0.83], np.float32)
AMBIENT, KEY_SHARE = 0.26, 0.60


def photograph(garment: Garment) -> np.ndarray:
    """The finished picture, RGB uint8 (1365, 1024, 3)."""
    place = _Place(garment)
    canvas = np.broadcast_to(BACKGROUND, (HEIGHT * SCALE, WIDTH * SCALE, 3)).copy()
    dome = _dome([place(panel.shape) for panel in garment.panels if panel.dome > 0], garment.roundness)
    for number, panel in enumerate(garment.panels):
        _lay(canvas, panel, place, dome, garment.seed * 100 + number)
    small = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return (to_srgb(np.clip(small, 0, 1)) * 255 + 0.5).astype(np.uint8)


class _Place:
    """Maps pattern points to the picture: fills the frame, then moves all points by one smooth field, since
    nobody lays cloth down in perfect symmetry."""

    def __init__(self, garment: Garment) -> None:
        points = np.concatenate([panel.shape for panel in garment.panels])
        low, high = points.min(0), points.max(0)
        self.scale = min(*(ROOM / (high - low)), LARGEST)
        self.middle = (low + high) / 2
        self.seed, self.amount = garment.seed, garment.sway

    def __call__(self, points: np.ndarray) -> np.ndarray:
        x, y = ((np.asarray(points, float) - self.middle) * self.scale + (WIDTH / 2, HEIGHT / 2)).T
        moved = [
            self.amount * noise(x / 460, y / 460, self.seed + axis)
            + 0.28 * self.amount * noise(x / 95, y / 95, self.seed + 7 + axis)
            for axis in (0, 1)
        ]
        return np.c_[x + moved[0], y + moved[1]]


def _box(points: np.ndarray, margin: float) -> Box:
    low, high = np.floor(points.min(0) - margin), np.ceil(points.max(0) + margin)
    return (max(0, int(low[0])), max(0, int(low[1])), min(WIDTH, int(high[0])), min(HEIGHT, int(high[1])))


def _overlap(a: Box, b: Box) -> Box:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _fill(points: np.ndarray, box: Box) -> np.ndarray:
    """Coverage 0..1 of an outline over a box, float32 at `SCALE`."""
    mask = np.zeros(((box[3] - box[1]) * SCALE, (box[2] - box[0]) * SCALE), np.uint8)
    shifted = ((points - box[:2]) * SCALE - 0.5) * 16
    cv2.fillPoly(mask, [shifted.round().astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


def _dome(shapes: list[np.ndarray], radius: float) -> np.ndarray:
    """Height of the body inside the cloth, at one sample a pixel: round at the rim, level further in."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for shape in shapes:
        cv2.fillPoly(mask, [shape.round().astype(np.int32)], 1)
    height = rounded(mask, radius) * 0.42
    return cv2.GaussianBlur(height, (0, 0), 9)


def _lay(canvas: np.ndarray, panel: Panel, place: _Place, dome: np.ndarray, seed: int) -> None:
    """Shade one panel and put it on the canvas, with its shadow on what lies beneath."""
    shape, spine = place(panel.shape), place(panel.spine)
    box = _box(shape, 4)
    mask = _fill(shape, box)
    if panel.within is not None:
        mask *= _fill(place(panel.within), box)
    u, v = coordinates(spine, box, SCALE)
    coarse = (
        _coarse_relief(panel, box, u, v, place, seed) + panel.dome * dome[box[1] : box[3], box[0] : box[2]]
    )
    relief = _enlarge(coarse, mask.shape)
    edge = panel.fabric.edge
    relief += 0.55 * cv2.GaussianBlur(rounded(mask, edge * SCALE) / SCALE, (0, 0), 1.2)
    # The dye moves with the cloth: on a slope, what is printed is seen shifted and foreshortened.
    slope_x, slope_y = _slopes(cv2.GaussianBlur(relief, (0, 0), 4))
    u, v = u + 4 * slope_x, v + 4 * slope_y
    base = linear(panel.colour)
    colour = (
        panel.print(u / place.scale, v / place.scale, base)
        if panel.print
        else np.broadcast_to(base, (*mask.shape, 3))
    )
    colour = colour * panel.fabric.tint(u, v)[..., None]
    if panel.fabric.worn:
        ridge = np.clip(relief - cv2.GaussianBlur(relief, (0, 0), 20 * SCALE), -1, 2.5)
        fade = panel.fabric.worn * np.clip(0.22 * ridge + 0.5 * noise(u / 150, v / 420, seed), -0.25, 0.7)
        colour = colour * (1 + fade[..., None]) + 0.10 * np.clip(fade, 0, 1)[..., None]
    relief = relief + panel.fabric.relief(u, v)
    for number, seam in enumerate(panel.seams):
        relief, colour = _sew(relief, colour, seam, box, place, seed + number, base)
    lit = _light(relief, colour, panel) * panel.shade
    _cast_shadow(canvas, mask, box, panel.lift)
    window = canvas[box[1] * SCALE : box[3] * SCALE, box[0] * SCALE : box[2] * SCALE]
    window += mask[..., None] * (lit - window)


def _enlarge(field: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return cv2.resize(field, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def _coarse_relief(
    panel: Panel, box: Box, u: np.ndarray, v: np.ndarray, place: _Place, seed: int
) -> np.ndarray:
    """Folds, wrinkles and drape at one sample a pixel: they are too soft to need more."""
    u, v = u[::SCALE, ::SCALE], v[::SCALE, ::SCALE]
    field = np.zeros(u.shape, np.float32)
    for fold in panel.folds:
        fold.add_to(field, box, place, place.scale)
    for number, wrinkles in enumerate(panel.wrinkles):
        field += wrinkles.field(u, v, seed * 7 + 31 * number)
    if panel.drape:
        field += place.scale * panel.drape(u / place.scale, v / place.scale)
    return cv2.GaussianBlur(field, (0, 0), 1.5)


def _slopes(relief: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (
        cv2.Sobel(relief, cv2.CV_32F, 1, 0, scale=SCALE / 8),
        cv2.Sobel(relief, cv2.CV_32F, 0, 1, scale=SCALE / 8),
    )


def _sew(
    relief: np.ndarray,
    colour: np.ndarray,
    seam: Seam,
    panel_box: Box,
    place: _Place,
    seed: int,
    base: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Press a seam into the relief and colour its stitches; both arrays are returned changed."""
    path = place(seam.path)
    box = _box(path, 14 + max(map(abs, seam.stitches), default=0))
    box = _overlap(box, panel_box)
    if box[2] <= box[0] or box[3] <= box[1]:
        return relief, colour
    across, along = coordinates(path, box, SCALE)
    length = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    within = ramp(along, -1, 1) * ramp(along, length + 1, length - 1)
    part = np.s_[
        (box[1] - panel_box[1]) * SCALE : (box[3] - panel_box[1]) * SCALE,
        (box[0] - panel_box[0]) * SCALE : (box[2] - panel_box[0]) * SCALE,
    ]
    groove = np.exp(-((across / seam.width) ** 2)) * within
    puckers = noise(along / 8, across / 40, seed) * np.exp(-((across / 9) ** 2)) * within
    relief, colour = relief.copy(), np.array(colour, np.float32)
    relief[part] += seam.pucker * puckers - seam.depth * groove
    if seam.ink:
        colour[part] *= 1 - seam.ink * groove[..., None]
    thread = linear(seam.thread) if seam.thread else base * 1.15 + 0.02
    for distance in seam.stitches:
        phase = (along + 0.4 * noise(along / 5, along * 0, seed)) % seam.pitch
        row = np.exp(-(((across - distance) / 0.9) ** 2))
        dash = row * ramp(phase, 0, 1) * ramp(phase, 0.72 * seam.pitch, 0.72 * seam.pitch - 1) * within
        relief[part] += 0.7 * dash - 0.5 * np.exp(-(((across - distance) / 2.2) ** 2)) * within
        colour[part] += np.clip(1.15 * dash, 0, 1)[..., None] * (thread - colour[part])
    return relief, colour


def _light(relief: np.ndarray, colour: np.ndarray, panel: Panel) -> np.ndarray:
    """Key light from the upper left, fill from the right, ambient light that hollows get less of."""
    slope_x, slope_y = _slopes(relief)
    size = np.sqrt(1 + slope_x**2 + slope_y**2)

    def towards(way: np.ndarray) -> np.ndarray:
        return np.clip((way[2] - slope_x * way[0] - slope_y * way[1]) / size, 0, None)

    key, fill = KEY / np.linalg.norm(KEY), FILL / np.linalg.norm(FILL)
    open_sky = np.ones_like(relief)
    for radius, strength in ((3, 0.10), (9, 0.07), (26, 0.028)):
        hollow = cv2.GaussianBlur(relief, (0, 0), radius * SCALE) - relief
        open_sky -= strength * np.clip(hollow, -0.6, 4)
    open_sky = np.clip(open_sky, 0.35, 1.08)
    light = AMBIENT * open_sky + (
        KEY_SHARE * towards(key) / key[2] + (1 - AMBIENT - KEY_SHARE) * towards(fill) / fill[2]
    ) * np.sqrt(open_sky)
    lit = colour * light[..., None]
    if panel.fabric.sheen:
        lit = lit + panel.fabric.sheen * 0.25 * (colour + 0.02) * (1 - 1 / size)[..., None]
    if panel.fabric.gloss:
        half = key + np.array([0, 0, 1], np.float32)
        half /= np.linalg.norm(half)
        shine = 0.5 * towards(half) ** 12 + 0.2 * towards(half) ** 40
        lit = lit + panel.fabric.gloss * shine[..., None] * (0.12 + 0.6 * colour)
    return lit


def _cast_shadow(canvas: np.ndarray, mask: np.ndarray, panel_box: Box, lift: float) -> None:
    """A tight contact shadow and a wide soft one, away from the key light."""
    if lift <= 0:
        return
    reach = int(12 + 34 * lift)
    box = _box(np.reshape(panel_box, (2, 2)), reach * 1.6)
    cover = np.zeros((box[3] - box[1], box[2] - box[0]), np.float32)
    cover[panel_box[1] - box[1] : panel_box[3] - box[1], panel_box[0] - box[0] : panel_box[2] - box[0]] = (
        cv2.resize(mask, None, fx=1 / SCALE, fy=1 / SCALE, interpolation=cv2.INTER_AREA)
    )
    shadow = np.zeros_like(cover)
    for distance, softness, strength in (
        (1.2, 2.0, 0.34),
        (6 * lift, 4 + 9 * lift, 0.30 * lift),
        (9 * lift, 4 + 26 * lift, 0.16 * lift),
    ):
        moved = cv2.warpAffine(
            cover, np.array([[1, 0, 0.45 * distance], [0, 1, distance]], np.float32), cover.shape[::-1]
        )
        shadow = 1 - (1 - shadow) * (1 - strength * cv2.GaussianBlur(moved, (0, 0), softness))
    window = canvas[box[1] * SCALE : box[3] * SCALE, box[0] * SCALE : box[2] * SCALE]
    window *= 1 - _enlarge(shadow, window.shape[:2])[..., None]


def to_srgb(light: np.ndarray) -> np.ndarray:
    """Linear light as sRGB, both 0..1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
