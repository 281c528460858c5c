"""Where on the body the waist of trousers, shorts or a skirt lies: where that of the old ones did.

A warp knows the waist of a person roughly; the photo shows it, in the edge of the old trousers.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ml.compose import HEM, INDEX, TOPS, Scene
from ml.edges import nearest_label
from ml.layer import NEARBY, STEPS, GarmentLayer, soft_edged
from ml.layout import BACKGROUND, GARMENT, LAYOUT
from ml.pose import Pose
from ml.regions import HIPS, KNEES, below_hips, dilate, leg_shape, middle, shoulder_width, waist_line

SAG = 0.06
"""How much lower than at the sides the waist of a dress is in the middle, in widths of the shoulders."""
CROTCH = 0.25
"""Where legs part, as a share of the way from the hip joints to the knees."""
MOST_UP, MOST_ASIDE = 0.25, 0.1
"""How far a garment may be moved at its waist, and each of its sides, in widths of the shoulders."""
OVERLAP = 0.01
"""How far under a top a waist reaches, as a share of the photo's height."""
NEAR = 0.012
"""How far from the line through its edge the edge of a waist may be, and how near the hem of a top is,
likewise."""
DIP = 0.02
"""How deep a dip in a waist is filled, likewise."""
SPREAD = 1.0
"""How much wider than a waist a garment may be on each side, in distances below the waist."""
LEGS_TOUCH = 0.004
"""Half the width of a gap between two legs that touch, likewise."""
HIDDEN = 0.75
"""Share of a waist from which, under a top, it is not seen: it may be as high as it likes."""
STRAYS = 0.05
"""How much of old trousers, at most, a parser takes for such above their waist: more is a bib."""
CORE = 0.6
"""How much of a leg's width is leg without doubt."""
BESIDE = 0.1
"""How far beside trousers a leg is still in them, in widths of the shoulders."""
LEAST_COLUMNS = 8
ROUNDS = 4
"""Times that a line is fitted to what is near the line before."""


@dataclass(frozen=True)
class Waist:
    """The upper edge of a lower garment: rows as a polynomial of columns between two ends, in pixels.

    seen: whether the left and the right end are seen, with nothing but the wall beside them; hidden: float32 (W,) in
    0..1, 1 where a top hangs over the edge.
    """

    line: np.ndarray
    ends: tuple[float, float]
    seen: tuple[bool, bool]
    hidden: np.ndarray

    def row(self, columns: np.ndarray) -> np.ndarray:
        """Rows (N,) at these columns (N,); beyond its ends it goes on level."""
        return np.polyval(self.line, np.clip(columns, *self.ends))


def at_waist(
    scene: Scene, outline: np.ndarray, flow: np.ndarray, layout: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Flow (H, W, 2) and layout (H, W, 4), float32, with the waist of a lower garment where the old one was.

    outline: float32 (h, w), the garment in its picture. From the waist to the crotch less and less is moved.
    """
    garment = cv2.remap(outline, flow[..., 0], flow[..., 1], cv2.INTER_LINEAR) > 0.5
    # Far from where a garment is expected a flow may come back to it.
    garment &= dilate(layout[..., GARMENT] > 0.5, NEARBY * len(flow))
    new, old = waist_of(scene, garment), old_waist(scene)
    if new is None or old is None:
        return flow, layout
    unit, columns = shoulder_width(scene.pose), np.arange(flow.shape[1], dtype=np.float32)
    level = old.row(columns) - OVERLAP * len(flow) * old.hidden
    up = new.row(columns) - level
    if _is_hidden(old):
        up = up.clip(0, None)
    up *= min(1, MOST_UP * unit / max(float(np.abs(up).max()), 1e-6))
    sides = np.subtract(new.ends, old.ends).clip(-MOST_ASIDE * unit, MOST_ASIDE * unit) * old.seen
    aside = np.interp(columns, old.ends, sides)
    hips, knees = (middle(scene.pose, pair)[1] for pair in (HIPS, KNEES))
    reach = np.maximum(hips + CROTCH * (knees - hips) - level, 1)
    rows = np.arange(len(flow), dtype=np.float32)[:, None]
    fading = 0.5 + 0.5 * np.cos(np.pi * ((rows - level) / reach).clip(0, 1))
    x, y = np.float32(columns + aside * fading), np.float32(rows + up * fading)
    flow, layout = (cv2.remap(part, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                    for part in (flow, layout))
    return flow, layout


def with_whole_edge(scene: Scene, layer: GarmentLayer) -> GarmentLayer:
    """`layer` of a lower garment without dips in its waist, a smooth line that nothing interrupts, nowhere
    wider than the body, and nowhere higher than where it comes out from under a top.
    """
    rows, columns = (np.arange(side) for side in layer.alpha.shape)
    alpha, waist, old = layer.alpha, waist_of(scene, layer.alpha > 0.5), old_waist(scene)
    if waist is not None:
        inside = (columns > waist.ends[0]) & (columns < waist.ends[1])
        below = rows[:, None] - waist.row(columns)
        alpha = np.where((below > 0) & (below < DIP * len(rows)) & inside, np.float32(1), alpha)
    if old is not None:
        below = rows[:, None] - old.row(columns) + OVERLAP * len(rows)
        wide = SPREAD * below.clip(0, None) + HEM * len(rows)
        outside = [side * (columns - end) > wide for side, end in zip((-1, 1), old.ends, strict=True)]
        cut = (outside[0] & old.seen[0]) | (outside[1] & old.seen[1]) | ((below < 0) & _is_hidden(old))
        alpha = np.where(cut, np.float32(0), alpha)
    return replace(layer, alpha=soft_edged(alpha, STEPS * len(rows)))


def under_tops(scene: Scene, alpha: np.ndarray) -> np.ndarray:
    """`alpha`, float32 (H, W), of a lower garment, where the tops of the photo leave it to be seen: softly,
    and along the smooth line of a hem.
    """
    return alpha * (1 - soft_edged(np.float32(scene.of(*TOPS)), STEPS * len(alpha)))


def _is_hidden(waist: Waist) -> bool:
    return bool(waist.hidden[slice(*np.int32(waist.ends))].mean() > HIDDEN)


def waist_of(scene: Scene, garment: np.ndarray) -> Waist | None:
    """The upper edge of a lower garment, bool (H, W); None where it has none that can be seen."""
    height = len(garment)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(garment))
    if len(stats) < 2:
        return None
    whole = parts == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    top, used = whole.argmax(axis=0), np.flatnonzero(whole.any(axis=0))
    low, high = np.sort(scene.pose.keypoints[list(HIPS), 0])
    columns = used[(used >= low) & (used <= high)]
    for _ in range(ROUNDS):
        if len(columns) < LEAST_COLUMNS:
            return None
        line = np.polyfit(columns, top[columns], 2)
        far = used[np.abs(top[used] - np.polyval(line, used)) > NEAR * height]
        left = far[far < columns[0]].max(initial=used[0] - 1) + 1
        right = far[far > columns[-1]].min(initial=used[-1] + 1) - 1
        columns = np.setdiff1d(used[(used >= left) & (used <= right)], far)
    near, beside = (round(share * height) for share in (NEAR, HEM))
    above = np.zeros(garment.shape[1], np.float32)
    above[columns] = scene.of(*TOPS)[(top[columns] - near).clip(0, None), columns]
    above = cv2.GaussianBlur(above[None], (0, 0), NEAR * height)[0]
    wall, sides = scene.of("background"), ((left, -1), (right, 1))
    places = [(min(top[end] + near, height - 1), int(np.clip(end + side * beside, 0, wall.shape[1] - 1)))
              for end, side in sides]
    seen = bool(wall[places[0]]), bool(wall[places[1]])
    return Waist(line, (float(left), float(right)), seen, above)


def old_waist(scene: Scene) -> Waist | None:
    """The waist of the trousers or the skirt in the photo; of somebody in a dress, where a waist would be; None
    where it is not seen, or below the hips: nothing is known of what comes out there from under a coat.
    """
    if in_dress(scene):
        rows = np.arange(len(scene.labels))[:, None]
        return waist_of(scene, scene.of("dress") & (rows >= dress_line(scene)))
    found = waist_of(scene, scene.of("lower"))
    hips = middle(scene.pose, HIPS)
    return found if found is not None and found.row(hips[:1])[0] < hips[1] else None


def in_dress(scene: Scene) -> bool:
    """Whether somebody wears a dress, and not a few pixels of one."""
    return bool(scene.of("dress").sum() > scene.of("lower").sum())


def dress_line(scene: Scene) -> np.ndarray:
    """Row, (W,), of the waist of somebody in a dress at each column of the photo."""
    (x, y), up = waist_line(scene.pose)
    unit, columns = shoulder_width(scene.pose), np.arange(scene.labels.shape[1])
    aside = (columns - x) / (unit / 2)
    return y - (columns - x) * up[0] / min(up[1], -0.5) + SAG * unit * (1 - aside**2).clip(0, 1)


def tucked(scene: Scene, alpha: np.ndarray) -> Scene:
    """`scene` as a lower garment `alpha`, float32 (H, W) in 0..1, finds it: of a dress what is above the
    waist is a top, tucked in, and the rest goes; what seems to be old trousers above their waist stays.
    """
    rows, height = np.arange(len(alpha))[:, None], len(alpha)
    if in_dress(scene):
        # The top goes on a little under the soft edge of what it is tucked into.
        covered = dilate(alpha > 0.5, -HEM / 2 * height)
        part, goes = scene.of("dress"), covered | (rows > dress_line(scene) + OVERLAP * height)
        labels = np.where(part, np.where(goes, INDEX["lower"], INDEX["upper"]), scene.labels)
        return replace(scene, labels=labels.astype(np.uint8))
    old, lower = old_waist(scene), scene.of("lower", "dress")
    if old is None:
        return scene
    strays = lower & (rows < old.row(np.arange(alpha.shape[1])) - NEAR * height)
    if not 0 < strays.sum() < STRAYS * lower.sum():
        return scene
    return replace(scene, labels=np.where(strays, nearest_label(scene.labels, ~lower), scene.labels))


def over_legs(pose: Pose, layer: GarmentLayer) -> GarmentLayer:
    """`layer` of trousers over the middle of each leg, down to their hems: a leg does not come out at a side."""
    reach = BESIDE * shoulder_width(pose)
    window = np.ones((1, 2 * round(reach) + 1), np.uint8)
    near = cv2.dilate(np.uint8(layer.alpha > 0.5), window) > 0
    bare = near & leg_shape(pose, CORE) & below_hips(pose) & (layer.alpha < 1)
    if not bare.any():
        return layer
    return replace(layer, alpha=soft_edged(np.where(bare, np.float32(1), layer.alpha), STEPS * len(bare)))


def legs_apart(pose: Pose, gap: np.ndarray, flow: np.ndarray, layout: np.ndarray) -> np.ndarray:
    """`layout`, float32 (H, W, 4), with what is behind the person where trousers show it between their legs.

    gap: float32 (h, w), 1 between the legs in the garment's picture; flow: float32 (H, W, 2). Where a skirt
    was, nothing tells a network how far apart the legs are, and it expects cloth. Legs themselves are covered.
    """
    between = cv2.remap(gap, flow[..., 0], flow[..., 1], cv2.INTER_LINEAR) > 0.5
    reach = LEGS_TOUCH * len(between)
    between &= ~leg_shape(pose, CORE)
    apart = between & dilate(dilate(between, -reach), reach)
    return np.where(apart[..., None], np.eye(len(LAYOUT), dtype=np.float32)[BACKGROUND], layout)
