"""Belt loops that stand off the side of trousers, before the wall.

To a parser of a few hundred pixels they are wall, trousers and the hem of a top, a little of each, so that
whatever is put on some of them would stay in the air.
"""

import math
from dataclasses import replace

import cv2
import numpy as np

from ml.anatomy import HIPS, middle, shoulder_width, waist_line
from ml.inpaint import push_pull
from ml.morphology import dilate
from ml.scene import INDEX, Scene

TOPS = ("upper", "outer", "dress")
LENGTH, STANDING_OFF = 0.2, 0.06
"""How far below the top over it a belt loop may end, and how far beside the trousers, in widths of the
shoulders. It is no higher above the waist, and not below the hip joints."""
WITHIN, UNDER = 0.05, 0.04
"""How far inside the outline of clothing one may lie that a parser takes for some of it, and how far above
trousers one that it takes for a top, likewise."""
WIDTH, LEAST = 0.02, 0.06
"""Half the width of one, and its least height, likewise."""
UNLIKE = 24.0
"""From how far on, in steps of a channel, something is none of the wall."""
HALO = 0.012
"""How close to somebody the wall is not trusted to be one, as a share of the photo's height."""
REACH = 0.85
"""How much of a loop lies where one may be: what goes on beyond that is none."""
UNEVEN = 0.1
"""How much of a wall may look like none: before a street thin things mean nothing."""
AROUND, SEEN = 0.5, 0.1
"""How much of what is around a loop looks like the wall at least, and how much is called wall as well."""
CLEARLY = 2.0
"""How many times nearer to the colour of a loop than to that of clothing its ends are: clothing has
shadows."""
COARSE = 4
"""One of so many pixels, along a side, tells where a loop may be, and what the wall is like."""
SOFT = 2
"""Pixels over which an edge goes."""


def without_loops(scene: Scene) -> Scene:
    """`scene` with the wall in the place of the belt loops that stand off at the waist: in its `taken`."""
    seen = np.s_[::COARSE, ::COARSE]
    unit, lower = shoulder_width(scene.pose) / COARSE, scene.of("lower")[seen]
    top = scene.of(*TOPS)[seen] | scene.regions["torso"][seen]
    around = dilate(lower, STANDING_OFF * unit) & dilate(top, LENGTH * unit)
    around &= ~dilate(lower | top, -WITHIN * unit)
    waist, hips = waist_line(scene.pose)[0][1] / COARSE, middle(scene.pose, HIPS)[1] / COARSE
    rows = np.arange(len(around))
    around[(rows < waist - LENGTH * unit) | (rows > hips)] = False
    wall = ~dilate(~scene.of("background")[seen], HALO * len(lower))
    if not around.any() or not wall.any():
        return scene
    behind = push_pull(scene.photo[seen].astype(np.float32), np.float32(wall))
    photo, labels, taken = scene.photo.copy(), scene.labels.copy(), np.zeros(scene.labels.shape, bool)
    margin = math.ceil(2 * WIDTH * unit) + 1
    for left, above, wide, high, _ in cv2.connectedComponentsWithStats(np.uint8(around))[2][1:]:
        coarse = np.s_[
            max(above - margin, 0) : above + high + margin, max(left - margin, 0) : left + wide + margin
        ]
        box = tuple(slice(side.start * COARSE, side.stop * COARSE) for side in coarse)
        size, shown = labels[box].shape[::-1], photo[box].astype(np.float32)
        zone = cv2.resize(np.uint8(around[coarse]), size, interpolation=cv2.INTER_NEAREST) > 0
        away = np.abs(cv2.GaussianBlur(shown, (3, 3), 0) - cv2.resize(behind[coarse], size)).max(axis=2)
        loops, hollow = _loops(shown, labels[box], zone, away > UNLIKE, COARSE * unit)
        if not loops.any():
            continue
        labels[box][loops | hollow] = INDEX["background"]
        known = (labels[box] == INDEX["background"]) & ~dilate(away > UNLIKE, SOFT)
        filled = push_pull(shown, np.float32(known)).round().clip(0, 255)
        np.copyto(photo[box], np.uint8(filled), where=loops[..., None])
        taken[box] |= loops
    if not taken.any():
        return scene
    bare = replace(scene, photo=photo, labels=labels, taken=taken)
    vars(bare)["regions"] = scene.regions
    return bare


def _loops(
    colours: np.ndarray, labels: np.ndarray, zone: np.ndarray, unlike: np.ndarray, unit: float
) -> tuple[np.ndarray, np.ndarray]:
    """Belt loops in the bool `zone` (h, w) of a part of a photo, and the wall between them and the trousers:
    bool (h, w) each.

    colours: float32 (h, w, 3); labels: uint8 (h, w); unlike: bool (h, w), what is no wall; unit: width of
    the shoulders in pixels.
    """
    wall, lower = (labels == INDEX[name] for name in ("background", "lower"))
    top = np.isin(labels, [INDEX[name] for name in TOPS])
    clear = wall & ~dilate(~wall, SOFT + 1)
    if (unlike & clear).sum() > UNEVEN * clear.sum():
        return (np.zeros_like(zone),) * 2
    other, core = ~wall & ~lower & ~top, dilate(lower | top, -WITHIN * unit)
    solid, radius = unlike | core | other, WIDTH * unit
    free = zone & ~core & ~dilate(other, SOFT) & ~(top & ~dilate(lower, UNDER * unit))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(_thin(solid, radius) & ~core & ~other))
    loops = np.zeros_like(zone)
    for part in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_HEIGHT] > LEAST * unit):
        loop = parts == part
        ring = dilate(loop, SOFT + 1) & ~loop
        like = ring & ~unlike
        enough = like.sum() > AROUND * ring.sum() and (like & wall).sum() > SEEN * ring.sum()
        if enough and free[loop].mean() > REACH:
            loops |= loop
    if not loops.any():
        return loops, loops
    # Where they part from the trousers both together are twice as wide.
    wide = _thin(solid, 2 * radius)
    near = (free & wide) | loops
    _, parts = cv2.connectedComponents(np.uint8(near))
    whole = near & np.isin(parts, parts[loops]) & dilate(loops, WITHIN * unit)
    for cloth in (lower, top):
        sure = cloth & solid & ~wide
        if sure.any():
            ours, theirs = (
                np.linalg.norm(colours - np.median(colours[part], axis=0), axis=2) for part in (loops, sure)
            )
            whole &= loops | ~cloth | (CLEARLY * ours < theirs)
    hollow = lower & ~unlike & zone & dilate(whole, WITHIN * unit)
    return dilate(whole, SOFT) & ~(solid & ~wide) & ~other, hollow


def _thin(mask: np.ndarray, radius: float) -> np.ndarray:
    """What of a bool mask (h, w) no circle of `radius` pixels reaches."""
    return mask & ~dilate(dilate(mask, -radius), radius)
