"""The new garment as a layer over the photo: its texture moved by the flow at full resolution, and its
outline.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.crops import PersonFrame
from ml.flatgarment import FlatGarment
from ml.morphology import bounding_box, dilate

EDGE = 2.0
"""Width of the soft edge of a garment in photo pixels."""
JUMP = 0.03
"""Change of normalised flow from one network pixel to the next that is a tear and not a stretch."""
SLIT = 0.012
"""Half the width of a slit in a garment that is none, as a share of the photo's height."""
STEPS = 0.003
"""Size of the steps in an outline that are none of the garment's (standard deviation of the blur that takes
them), likewise."""
NEARBY = 0.05
"""How far around its likely place a garment is moved, likewise."""
FIT_SIGMA = 8.0
"""Network pixels over which a flow is fitted locally, to continue it beyond the garment's edge."""
FIT_PIXELS = 4.0
"""Standard deviation in pixels of the window of a fit, which is reduced as far as that."""
RIDGE = 0.02


@dataclass(frozen=True)
class GarmentLayer:
    """At the photo's size. colour: float32 (H, W, 3) in 0..255; alpha: float32 (H, W) in 0..1; person:
    float32 (H, W), probability of seeing anything of the person in their new clothing, not what is behind;
    opacity: float32 (H, W) in 0..1 of a sheer garment; own: float32 (H, W) in 0..1, how far its outline is
    believed as it is, since it is that of its picture.
    """

    colour: np.ndarray
    alpha: np.ndarray
    person: np.ndarray
    opacity: np.ndarray | None = None
    own: np.ndarray | None = None


def extend_flow(flow: np.ndarray, valid: np.ndarray, sigma: float = FIT_SIGMA) -> np.ndarray:
    """Continue `flow` (float32 (h, w, 2)) smoothly beyond `valid` (bool (h, w)), where it is kept.

    Each unknown pixel gets the value of a plane fitted to the known flow around it (moving least squares with
    a Gaussian window), so that edges are continued straight on; beyond three windows it is the mean.
    """
    if not valid.any():
        return flow.copy()
    result, missing = np.where(valid[..., None], flow, 0).astype(np.float64), ~valid
    for scale in (1, 3):
        fitted, weight = plane_fit(flow, valid, sigma * scale)
        usable = missing & (weight > 1e-3)
        result[usable] = fitted[usable]
        missing &= ~usable
    if missing.any():
        result[missing] = flow[valid].mean(axis=0)
    return result.astype(np.float32)


def plane_fit(flow: np.ndarray, valid: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Value at each pixel of the plane fitted to the valid flow in a Gaussian window, and the window's
    weight.
    """
    height, width = valid.shape
    known = valid.astype(np.float64)
    x, y = (known * axis for axis in np.meshgrid(np.arange(width) / sigma, np.arange(height) / sigma))
    u, v = np.moveaxis(np.where(valid[..., None], flow, 0).astype(np.float64), -1, 0)
    moments = [known, x, y, x * x, x * y, y * y, u, v, x * u, y * u, x * v, y * v]
    # A window this wide hardly changes from one pixel to the next.
    shrink = max(1.0, sigma / FIT_PIXELS)
    size = max(1, round(width / shrink)), max(1, round(height / shrink))
    reduced = [cv2.resize(moment, size, interpolation=cv2.INTER_AREA) for moment in moments]
    window = np.stack(reduced, axis=-1)
    window = cv2.GaussianBlur(window, (0, 0), sigma / shrink, borderType=cv2.BORDER_CONSTANT)
    weight, *moments = np.moveaxis(window, -1, 0)
    safe = np.maximum(weight, 1e-12)
    x, y, xx, xy, yy, u, v, xu, yu, xv, yv = (moment / safe for moment in moments)
    # Leaning towards a level plane keeps thin regions (a strap, a sleeve's tip) from tilting wildly.
    xx, xy, yy = xx - x * x + RIDGE, xy - x * y, yy - y * y + RIDGE
    determinant = xx * yy - xy * xy
    here_x, here_y = np.meshgrid(
        *(((np.arange(n) + 0.5) * m / n - 0.5) / sigma for n, m in zip(size, (width, height), strict=True))
    )
    away_x, away_y = (here_x - x) / determinant, (here_y - y) / determinant
    fitted = [
        level + away_x * (yy * tilt_x - xy * tilt_y) + away_y * (xx * tilt_y - xy * tilt_x)
        for level, tilt_x, tilt_y in ((u, xu - x * u, yu - y * u), (v, xv - x * v, yv - y * v))
    ]
    full = cv2.resize(np.stack([*fitted, weight], axis=-1), (width, height))
    return full[..., :2], full[..., 2]


def smooth_flow(flow: np.ndarray, radius: int = 2) -> np.ndarray:
    """`flow` (h, w, 2) averaged over windows of 2 * radius + 1 pixels, never across a jump: float32.

    Away from jumps planes stay as they are. What goes is the network's own fine ripple, which would be seen
    as frayed stripes and letters.
    """
    padded = np.pad(flow, ((radius, radius), (radius, radius), (0, 0)), mode="reflect", reflect_type="odd")
    height, width = flow.shape[:2]
    side = 2 * radius + 1
    inside = (slice(radius, radius + height), slice(radius, radius + width))
    result = cv2.blur(padded, (side, side))[inside]
    torn = np.zeros((height, width), bool)
    for reach in range(1, radius + 1):
        window = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
        away = np.maximum(cv2.dilate(padded, window) - padded, padded - cv2.erode(padded, window))[inside]
        torn |= np.maximum(away[..., 0], away[..., 1]) >= 0.5 * JUMP * (1 + reach)
    rows, columns = np.nonzero(torn)
    here = flow[rows, columns]
    total, weight = np.zeros_like(here, np.float32), np.zeros((len(rows), 1), np.float32)
    for dy in range(side):
        for dx in range(side):
            neighbour = padded[rows + dy, columns + dx]
            steps = 1 + max(abs(dy - radius), abs(dx - radius))
            same = np.abs(neighbour - here).max(axis=1, keepdims=True) < 0.5 * JUMP * steps
            total += same * neighbour
            weight += same
    result[rows, columns] = total / weight
    return result


def upsample_flow(flow: np.ndarray, frame: PersonFrame, size: tuple[int, int]) -> np.ndarray:
    """Flow (h, w, 2) of a frame at every pixel of a photo of `size` (H, W): float32 (H, W, 2), smooth but for
    jumps.

    A flow jumps where a sleeve passes before the trunk. Between two sides of a jump each pixel is continued
    from the side it belongs to; interpolating across would squeeze half the garment into a streak.
    """
    fine = frame.to_photo(flow, size, interpolation=cv2.INTER_CUBIC)
    right, down = (np.zeros(flow.shape[:2], bool) for _ in range(2))
    right[:, :-1] = np.abs(np.diff(flow, axis=1)).max(axis=2) > JUMP
    down[:-1] = np.abs(np.diff(flow, axis=0)).max(axis=2) > JUMP
    torn = cv2.dilate((right | down).astype(np.uint8), np.ones((4, 4), np.uint8))
    rows, columns = np.nonzero(frame.to_photo(torn, size, interpolation=cv2.INTER_NEAREST))
    if rows.size:
        places = frame.points_to_network(np.stack([columns, rows], axis=1), flow.shape[:2])
        fine[rows, columns] = _continued(flow, places)
    return fine


def _continued(flow: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Flow at `places` (N, 2) from those of the four pixels around that agree with one another, as planes."""
    height, width = flow.shape[:2]
    slope_x, slope_y = (_gentler(flow, axis) for axis in (1, 0))
    corner = np.floor(places).astype(int)
    guesses, weights = [], []
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        pixel = np.add(corner, (dx, dy))
        inside = pixel.clip(0, (width - 1, height - 1))
        x, y = inside.T
        away = (places - inside)[..., None].astype(np.float32)
        guesses.append(flow[y, x] + slope_x[y, x] * away[:, 0] + slope_y[y, x] * away[:, 1])
        weights.append((1 - np.abs(places - pixel)).clip(1e-3, 1).prod(axis=1))
    values, share = np.stack(guesses, axis=1), np.stack(weights, axis=1)
    agree = np.abs(values[:, :, None] - values[:, None]).max(axis=-1) < JUMP
    support = (agree * share[:, None]).sum(axis=2)
    chosen = np.take_along_axis(agree, support.argmax(axis=1)[:, None, None], axis=1)[:, 0] * share
    return (values * chosen[..., None]).sum(axis=1) / chosen.sum(axis=1, keepdims=True)


def _gentler(flow: np.ndarray, axis: int) -> np.ndarray:
    """Slope along an axis as the smaller of the steps before and after (minmod), which ignores a jump on one
    side.
    """
    step = np.diff(flow, axis=axis)
    edge = np.zeros_like(np.take(flow, [0], axis))
    before, after = np.concatenate([edge, step], axis), np.concatenate([step, edge], axis)
    smaller = np.where(np.abs(before) < np.abs(after), before, after)
    return np.where(before * after > 0, smaller, 0)


def minification(flow: np.ndarray, where: np.ndarray) -> float:
    """How many source pixels fall on one pixel of `flow` (H, W, 2, source pixels) along a side, median over
    `where`.
    """
    du, dv = (np.gradient(flow[..., c]) for c in range(2))
    area = np.abs(du[1] * dv[0] - du[0] * dv[1])
    return float(np.sqrt(np.median(area[where]))) if where.any() else 1.0


def resample(image: np.ndarray, flow: np.ndarray, shrink: float) -> np.ndarray:
    """`image` (h, w[, C]) at the places `flow` (H, W, 2) names in its pixels; first reduced by `shrink` (>=
    1).
    """
    if shrink > 1:
        height, width = image.shape[:2]
        size = max(1, round(width / shrink)), max(1, round(height / shrink))
        ratio = np.array(size, np.float32) / (width, height)
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        flow = (flow + 0.5) * ratio - 0.5
    flow = flow.astype(np.float32)
    return cv2.remap(image, flow[..., 0], flow[..., 1], cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)


def garment_layer(
    garment: FlatGarment, flow: np.ndarray, share: np.ndarray, sure: np.ndarray, person: np.ndarray
) -> GarmentLayer:
    """Lay a garment on the photo.

    flow: float32 (H, W, 2), for each photo pixel its pixel in the garment's picture, smooth also outside the
    garment; share: float32 (H, W) in 0..1, probability that the garment is seen there; sure: bool (H, W),
    where there is no doubt of it; person: of GarmentLayer. The outline is where both the garment's own
    outline and `share` say so.
    """
    near = share > 0.2
    box = bounding_box(near if near.any() else ~near, round(NEARBY * len(near)))
    shrink = max(1.0, minification(flow[box], near[box]))
    colour = np.float32(_resample_in(box, garment.colours, flow, shrink))
    outline = _resample_in(box, garment.outline, flow, shrink)
    # Where the garment is surely seen, a flow that misses it by a little still means the garment.
    outline = np.maximum(outline, _resample_in(box, garment.nearby, flow, shrink) * sure)
    inside = _within(flow, garment.outline.shape)
    # A blurred probability stands for an edge whose place is uncertain, not for a see-through garment.
    alpha = outline * inside * (share > 0.5)
    alpha = np.where(_false_slits(alpha > 0.5, share, sure), 1, alpha).astype(np.float32)
    # Maps of several networks meet in it, each with its own steps; a garment is cut along a line.
    opacity = garment.opacity
    if opacity is not None:
        opacity = _resample_in(box, opacity, flow, shrink).clip(0, 1)
    return GarmentLayer(colour, soft_edged(alpha, STEPS * len(alpha)), person, opacity)


def soft_edged(outline: np.ndarray, steps: float) -> np.ndarray:
    """`outline`, float32 (H, W) in 0..1, along a smooth line and soft over EDGE pixels, in 0..1.

    steps: size in pixels (standard deviation of a blur) of the steps in it that go.
    """
    steepness = steps * np.sqrt(2 * np.pi) / EDGE
    blurred = cv2.GaussianBlur(outline, (0, 0), steps)
    return ((blurred - 0.5) * np.float32(max(steepness, 1)) + 0.5).clip(0, 1)


def _false_slits(garment: np.ndarray, share: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Narrow slits in the bool `garment` (H, W) where it goes on all the same: bool (H, W).

    Between a sleeve and the trunk, or two legs that touch, a flow may slip through the gap of the picture;
    but where the garment is not surely seen the gap is one, if the wall reaches it. share, sure: of
    `garment_layer`.
    """
    reach = SLIT * len(garment)
    closed = dilate(dilate(garment, reach), -reach)
    _, parts = cv2.connectedComponents(np.uint8(~garment & ~sure), connectivity=4)
    open_to_wall = np.zeros(parts.max() + 1, bool)
    open_to_wall[parts[~closed]] = True
    open_to_wall[0] = False
    reached = open_to_wall[parts]
    return closed & ~garment & ~reached & (share > 0.5)


def _resample_in(box: tuple[slice, slice], image: np.ndarray, flow: np.ndarray, shrink: float) -> np.ndarray:
    """As `resample` in a box of rows and columns; around it what is at its edge goes on."""
    (height, width), part = flow.shape[:2], resample(image, flow[box], shrink)
    top, left = (side.start for side in box)
    around = top, height - top - part.shape[0], left, width - left - part.shape[1]
    return cv2.copyMakeBorder(part, *around, cv2.BORDER_REPLICATE)


def _within(flow: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    height, width = size
    x, y = flow[..., 0], flow[..., 1]
    return ((x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)).astype(np.float32)
