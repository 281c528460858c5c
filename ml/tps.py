"""The baseline warp: a thin-plate spline through a handful of matching points on body and garment.

The body's points come from the pose, the garment's from the extents of its mask. It knows nothing about
folds, turned bodies or crossed arms; it is here to be compared with.
"""

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from ml.crops import NETWORK_SIZE
from ml.features import ClothView, PersonView
from ml.warpnet import Warp

Match = tuple[np.ndarray, np.ndarray]
"""A point of the body and the point of the garment that lies on it."""

SMOOTHING = 2000.0
"""Splines through every point fold where sleeves meet the trunk; this one only leans towards them."""
NOSE, SHOULDERS, ELBOWS, WRISTS, HIPS, KNEES, ANKLES = 0, (1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12)
"""Indices into the 13 joints of `ml.pose`, (the person's left, right)."""
LIMBS = ((SHOULDERS, ELBOWS, WRISTS, 0.26), (HIPS, KNEES, 0.5), (KNEES, ANKLES, 0.32))
"""Chains of joints and how thick the limb is, as a share of the shoulders' width."""
SIDE_LEVELS, LEG_LEVELS = (0.25, 0.5, 0.75, 1.0), (0.3, 0.55, 0.8, 0.97)
CLOSING = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (41, 41))
REACH = 9
"""How far (network pixels) from the person's silhouette a garment may stand off; splines run wild beyond."""


class TpsWarper:
    """The baseline behind the interface of the trained warp."""

    version = "tps"

    def warp(self, person: PersonView, cloth: ClothView) -> Warp:
        """Flow, and a layout made of the garment's moved mask and the silhouette."""
        flow = tps_flow(*matching_points(person.joints, cloth.mask, cloth.category), NETWORK_SIZE)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * REACH + 1, 2 * REACH + 1))
        # Closing fills the room between legs, which skirts and dresses cover.
        near = cv2.dilate(cv2.morphologyEx(person.silhouette, cv2.MORPH_CLOSE, CLOSING), kernel)
        garment = (
            cv2.remap(cloth.mask.astype(np.float32), flow[..., 0], flow[..., 1], cv2.INTER_LINEAR) * near
        )
        body = person.silhouette * np.maximum(bare_body(person.joints), person.skin + person.hair).clip(0, 1)
        body *= 1 - garment
        layout = np.stack([1 - garment - body, garment, np.zeros_like(body), body])
        return Warp(((flow + 0.5) / NETWORK_SIZE[::-1]).astype(np.float32), layout)


def bare_body(joints: np.ndarray) -> np.ndarray:
    """A body without clothes drawn from its joints (13, 2): float32 (256, 192), 1 inside, soft at its
    edge.
    """
    body = np.zeros(NETWORK_SIZE, np.float32)
    width = float(np.linalg.norm(joints[SHOULDERS[0]] - joints[SHOULDERS[1]]))
    points = joints.round().astype(int)
    for *chain, girth in LIMBS:
        for side in range(2):
            line = points[[pair[side] for pair in chain]]
            cv2.polylines(body, [line], False, 1.0, max(1, round(girth * width)))
    corners = [SHOULDERS[0], SHOULDERS[1], HIPS[1], HIPS[0]]
    cv2.fillConvexPoly(body, points[corners], 1.0)
    cv2.polylines(body, [points[corners]], True, 1.0, max(1, round(0.25 * width)))
    return cv2.GaussianBlur(body, (0, 0), 1.0)


def tps_flow(body: np.ndarray, garment: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Spline that takes `body` (N, 2) to `garment` (N, 2), at every pixel of a (h, w) frame: float32 (h, w,
    2).
    """
    spline = RBFInterpolator(body, garment, kernel="thin_plate_spline", smoothing=SMOOTHING)
    y, x = np.mgrid[: size[0], : size[1]]
    grid = np.stack([x.ravel(), y.ravel()], axis=1).astype(float)
    return spline(grid).reshape(*size, 2).astype(np.float32)


def matching_points(joints: np.ndarray, mask: np.ndarray, category: str) -> tuple[np.ndarray, np.ndarray]:
    """Control points on the body, (N, 2), and on the garment, (N, 2).

    joints: (13, 2) in pixels of the person's frame; mask: bool (h, w), the garment in its own frame, not
    empty. The person is taken to face the camera, so their right side is on the left of both.
    """
    matches = (_trousers if category == "lower_body" else _top)(joints.astype(float), mask)
    body, garment = zip(*matches, strict=True)
    return np.array(body), np.array(garment)


def _top(joints: np.ndarray, mask: np.ndarray) -> list[Match]:
    """Neck, shoulders, sides, hem and sleeves of a top or a dress."""
    left, right, _, bottom = _extents(mask)
    trunk_left, trunk_right = _trunk(mask)
    centre, half = (trunk_left + trunk_right) / 2, max((trunk_right - trunk_left) / 2, 1.0)
    shoulders = _middle(joints, SHOULDERS)
    down = _unit(_middle(joints, HIPS) - shoulders)
    across = (joints[SHOULDERS[0]] - joints[SHOULDERS[1]]) / 2
    reach = float(np.linalg.norm(across))
    scale = 1.15 * reach / half
    matches = []
    for side, sign, edge in ((1, -1, left), (0, 1, right)):
        neck, shoulder = (_top_at(mask, centre + sign * share * half) for share in (0.42, 0.85))
        anchor = joints[SHOULDERS[side]] + 0.1 * sign * across - 0.28 * reach * down
        matches += [(shoulders + sign * 0.45 * across - 0.5 * reach * down, neck), (anchor, shoulder)]
        for level in SIDE_LEVELS:
            drop = level * (bottom - shoulder[1])
            place = shoulders + sign * 1.1 * across + (scale * drop - 0.28 * reach) * down
            matches.append((place, np.array([centre + sign * half, shoulder[1] + drop])))
        cuff = _cuff(mask, edge, 0.12 * half)
        if abs(cuff[0] - shoulder[0]) >= 0.3 * half:
            arm = np.stack([anchor, joints[ELBOWS[side]], joints[WRISTS[side]]])
            length = scale * float(np.linalg.norm(cuff - shoulder))
            matches += [(_along(arm, t * length), shoulder + t * (cuff - shoulder)) for t in (0.5, 1.0)]
    return matches


def _trousers(joints: np.ndarray, mask: np.ndarray) -> list[Match]:
    """Waistband and both edges of each leg; of a skirt, its outer edges."""
    _, _, top, bottom = _extents(mask)
    hips, across = _middle(joints, HIPS), (joints[HIPS[0]] - joints[HIPS[1]]) / 2
    waist = hips + 0.25 * (_middle(joints, SHOULDERS) - hips)
    width = np.ptp(np.flatnonzero(mask[round(top + 0.12 * (bottom - top))]))
    scale = 3.2 * float(np.linalg.norm(across)) / max(float(width), 1.0)
    crotch = _crotch(mask)
    band = np.flatnonzero(mask[round(top + 0.03 * (bottom - top))])
    matches = []
    for side, sign in ((1, -1), (0, 1)):
        matches.append((waist + sign * 1.35 * across, np.array([band[0 if sign < 0 else -1], top], float)))
        leg = joints[[HIPS[side], KNEES[side], ANKLES[side]]]
        for level in LEG_LEVELS:
            y = top + level * (bottom - top)
            inner, outer = _leg_edges(mask, round(y), crotch, sign)
            axis = _along(leg, max(scale * (y - top) - float(np.linalg.norm(hips - waist)), 0.0))
            outward = sign * _unit(across) * scale * abs(outer - inner) / 2
            matches.append((axis + outward, np.array([outer, y])))
            if crotch is not None and y > crotch:
                matches.append((axis - outward, np.array([inner, y])))
    return matches


def _middle(joints: np.ndarray, pair: tuple[int, int]) -> np.ndarray:
    return joints[list(pair)].mean(axis=0)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


def _cuff(mask: np.ndarray, edge: int, width: float) -> np.ndarray:
    """Middle of the garment pixels within `width` columns of its outermost column `edge`."""
    columns = np.flatnonzero(mask.any(axis=0))
    near = columns[np.abs(columns - edge) <= max(width, 1.0)]
    return np.array([edge, np.mean([np.flatnonzero(mask[:, column]).mean() for column in near])])


def _extents(mask: np.ndarray) -> tuple[int, int, int, int]:
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return int(columns[0]), int(columns[-1]), int(rows[0]), int(rows[-1])


def _trunk(mask: np.ndarray) -> tuple[float, float]:
    """Left and right of the run of garment pixels around the middle column, median over the lower half."""
    left, right, top, bottom = _extents(mask)
    centre = (left + right) // 2
    runs = [_run(mask[y], centre) for y in range(top + (bottom - top) // 2, top + int(0.95 * (bottom - top)))]
    found = [run for run in runs if run is not None] or [(left, right)]
    near, far = np.median(found, axis=0)
    return float(near), float(far)


def _run(row: np.ndarray, column: int) -> tuple[int, int] | None:
    if not row[column]:
        return None
    gaps = np.flatnonzero(~row)
    before, after = gaps[gaps < column], gaps[gaps > column]
    return (int(before[-1]) + 1 if before.size else 0), (int(after[0]) - 1 if after.size else len(row) - 1)


def _top_at(mask: np.ndarray, column: float) -> np.ndarray:
    """The uppermost garment pixel of a column."""
    filled = np.flatnonzero(mask[:, int(np.clip(round(column), 0, mask.shape[1] - 1))])
    return np.array([column, filled[0] if filled.size else _extents(mask)[2]], float)


def _crotch(mask: np.ndarray) -> int | None:
    """Row at which a pair of legs begins below the middle of the garment; None for a skirt."""
    _, _, top, bottom = _extents(mask)
    split = [y for y in range(top + (bottom - top) // 6, bottom) if _gap(mask[y]) is not None]
    return split[0] if len(split) > 0.25 * (bottom - top) else None


def _gap(row: np.ndarray) -> int | None:
    """Middle of the widest hole between the outermost pixels of a row, if any."""
    filled = np.flatnonzero(row)
    if filled.size < 2:
        return None
    steps = np.diff(filled)
    widest = int(steps.argmax())
    return int(filled[widest] + steps[widest] // 2) if steps[widest] > 1 else None


def _leg_edges(mask: np.ndarray, y: int, crotch: int | None, sign: int) -> tuple[float, float]:
    """Inner and outer edge of one leg in a row, or of one half of a skirt."""
    filled = np.flatnonzero(mask[y])
    gap = _gap(mask[y]) if crotch is not None and y > crotch else None
    middle = (filled[0] + filled[-1]) / 2 if gap is None else gap
    leg = filled[filled <= middle] if sign < 0 else filled[filled >= middle]
    return (float(leg[-1]), float(leg[0])) if sign < 0 else (float(leg[0]), float(leg[-1]))


def _along(line: np.ndarray, distance: float) -> np.ndarray:
    """The point at `distance` along a polyline (n, 2), continued straight beyond its end."""
    lengths = np.maximum(np.linalg.norm(np.diff(line, axis=0), axis=1), 1e-6)
    starts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    segment = max(int(np.searchsorted(starts, distance, side="right")) - 1, 0)
    share = (distance - starts[segment]) / lengths[segment]
    return line[segment] + share * (line[segment + 1] - line[segment])
