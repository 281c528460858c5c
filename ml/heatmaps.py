"""From the maps that pose networks draw to joints: OpenPose's heatmaps with part affinity fields, and the
heatmaps of a single person that AlphaPose draws.

After Z. Cao, T. Simon, S.-E. Wei and Y. Sheikh, "Realtime Multi-Person 2D Pose Estimation using Part Affinity
Fields", CVPR 2017, and A. Newell, K. Yang and J. Deng, "Stacked Hourglass Networks for Human Pose
Estimation", ECCV 2016. All coordinates are map pixels, x before y, centres on whole numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ml.keypoints import BODY_25, COCO_18

PEAK = 0.1
"""Height from which a maximum of a heatmap is a joint."""
SAMPLES = 10
"""Places on a limb at which the field is read."""
ALONG, AGREEING = 0.05, 0.8
"""A limb needs this share of places where the field points along it by at least this much."""
MIN_JOINTS = 4
"""Fewer joints that hang together are no person."""

# (first joint, second joint, first of the two channels of its field, counted from the first field).
# Ears and shoulders come last: they join parts of a person that a hidden nose or neck has left apart.
_LIMBS_25 = (
    ("neck", "mid_hip", 0), ("neck", "right_shoulder", 14), ("neck", "left_shoulder", 22),
    ("right_shoulder", "right_elbow", 16), ("right_elbow", "right_wrist", 18),
    ("left_shoulder", "left_elbow", 24), ("left_elbow", "left_wrist", 26), ("mid_hip", "right_hip", 6),
    ("right_hip", "right_knee", 2), ("right_knee", "right_ankle", 4), ("mid_hip", "left_hip", 8),
    ("left_hip", "left_knee", 10), ("left_knee", "left_ankle", 12), ("neck", "nose", 30),
    ("nose", "right_eye", 32), ("right_eye", "right_ear", 36), ("nose", "left_eye", 34),
    ("left_eye", "left_ear", 38), ("left_ankle", "left_big_toe", 40), ("left_big_toe", "left_small_toe", 42),
    ("left_ankle", "left_heel", 44), ("right_ankle", "right_big_toe", 46),
    ("right_big_toe", "right_small_toe", 48), ("right_ankle", "right_heel", 50),
    ("right_shoulder", "right_ear", 20), ("left_shoulder", "left_ear", 28),
)  # fmt: skip
_LIMBS_18 = (
    ("neck", "right_shoulder", 12), ("neck", "left_shoulder", 20), ("right_shoulder", "right_elbow", 14),
    ("right_elbow", "right_wrist", 16), ("left_shoulder", "left_elbow", 22),
    ("left_elbow", "left_wrist", 24), ("neck", "right_hip", 0), ("right_hip", "right_knee", 2),
    ("right_knee", "right_ankle", 4), ("neck", "left_hip", 6), ("left_hip", "left_knee", 8),
    ("left_knee", "left_ankle", 10), ("neck", "nose", 28), ("nose", "right_eye", 30),
    ("right_eye", "right_ear", 34), ("nose", "left_eye", 32), ("left_eye", "left_ear", 36),
    ("right_shoulder", "right_ear", 18), ("left_shoulder", "left_ear", 26),
)  # fmt: skip


@dataclass(frozen=True)
class Skeleton:
    """What OpenPose's networks draw: a heatmap per joint, one of the background, two channels per limb.

    layout: the name of the joints' table in `ml.keypoints.LAYOUTS`; limbs: (first joint, second joint, first
    channel of its field).
    """

    layout: str
    joints: int
    limbs: tuple[tuple[int, int, int], ...]

    @property
    def channels(self) -> int:
        """Number of the network's output maps."""
        return self.joints + 1 + 2 * len(self.limbs)


def _skeleton(layout: str, names: Sequence[str], limbs: Sequence[tuple[str, str, int]]) -> Skeleton:
    places = {name: place for place, name in enumerate(names)}
    return Skeleton(layout, len(names), tuple((places[a], places[b], channel) for a, b, channel in limbs))


SKELETONS = (_skeleton("body_25", BODY_25, _LIMBS_25), _skeleton("coco_18", COCO_18, _LIMBS_18))


def skeleton_of(channels: int) -> Skeleton:
    """The skeleton that a network with so many output maps draws. Raises ValueError for none of them."""
    for skeleton in SKELETONS:
        if skeleton.channels == channels:
            return skeleton
    known = ", ".join(f"{skeleton.channels} ({skeleton.layout})" for skeleton in SKELETONS)
    raise ValueError(f"the network draws {channels} maps; OpenPose's draw {known}")


def decode_people(maps: np.ndarray, skeleton: Skeleton) -> list[tuple[np.ndarray, np.ndarray]]:
    """People in the output of an OpenPose network, float32 (skeleton.channels, h, w).

    Each is (N, 2) float32 map pixels and (N,) float32 confidence, the heights of the peaks; both are 0 for a
    joint that was not found. The person with most confidence comes first.
    """
    peaks = [find_peaks(heatmap) for heatmap in maps[: skeleton.joints]]
    fields = maps[skeleton.joints + 1 :]
    people: list[dict[int, int]] = []  # joint -> index of its peak, as far as assembled
    for first, second, channel in skeleton.limbs:
        scores = limb_scores(fields[channel : channel + 2], peaks[first][:, :2], peaks[second][:, :2])
        for start, end in match(scores):
            _connect(people, (first, start), (second, end))
    decoded = []
    for person in people:
        if len(person) >= MIN_JOINTS:
            table = np.zeros((skeleton.joints, 3), np.float32)
            for joint, index in person.items():
                table[joint] = peaks[joint][index]
            decoded.append((table[:, :2], table[:, 2]))
    return sorted(decoded, key=lambda found: -float(found[1].sum()))


def find_peaks(heatmap: np.ndarray, least: float = PEAK) -> np.ndarray:
    """Maxima of `heatmap`, float32 (h, w), above `least`: (K, 3) float32 x, y and height.

    A maximum is above its eight neighbours; of equal neighbours the first in reading order counts. Its place
    is refined to where a Gaussian through it and its neighbours has its top.
    """
    ringed = np.pad(heatmap.astype(np.float64), 1, constant_values=-np.inf)
    height, width = heatmap.shape
    is_peak = heatmap > least
    for dy, dx in np.ndindex(3, 3):
        neighbour = ringed[dy : dy + height, dx : dx + width]
        if (dy, dx) < (1, 1):
            is_peak &= heatmap > neighbour
        elif (dy, dx) > (1, 1):
            is_peak &= heatmap >= neighbour
    rows, columns = np.nonzero(is_peak)
    # Of a Gaussian the logarithm is a parabola. Mirrored at the border, a peak there stays there.
    logs = np.log(np.pad(heatmap, 1, mode="reflect").astype(np.float64).clip(1e-6))
    middle = logs[rows + 1, columns + 1]
    x = columns + _top(logs[rows + 1, columns], middle, logs[rows + 1, columns + 2])
    y = rows + _top(logs[rows, columns + 1], middle, logs[rows + 2, columns + 1])
    return np.column_stack([x, y, heatmap[rows, columns]]).astype(np.float32)


def limb_scores(field: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How well the part affinity field (2, h, w) supports a limb from each of `starts` (m, 2) to each of
    `ends` (n, 2): (m, n) float32, 0 where it does not.

    The mean over the segment of the field's component along it (Cao et al. 2017, eq. 10 and 11). The field
    must agree on most of the way, so that a gap between two people is not bridged by strong ends.
    """
    along = ends[None] - starts[:, None]
    length = np.linalg.norm(along, axis=-1, keepdims=True)
    direction = along / np.maximum(length, 1e-6)
    shares = np.linspace(0, 1, SAMPLES)[:, None, None, None]
    places = (starts[:, None] + shares * along).astype(np.float32).reshape(-1, 1, 2)
    shape = (SAMPLES, len(starts), len(ends))
    if not places.size:
        return np.zeros(shape[1:], np.float32)
    read = [cv2.remap(channel, places, None, cv2.INTER_LINEAR).reshape(shape) for channel in field]
    component = read[0] * direction[..., 0] + read[1] * direction[..., 1]
    agreeing = (component > ALONG).mean(axis=0) >= AGREEING
    return np.where(agreeing, component.mean(axis=0), 0).astype(np.float32)


def match(scores: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (row, column) with positive score, best first; no row and no column is in two of them."""
    rows, columns = np.nonzero(scores > 0)
    order = np.argsort(-scores[rows, columns], kind="stable")
    pairs: list[tuple[int, int]] = []
    used: tuple[set[int], set[int]] = set(), set()
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in used[0] and column not in used[1]:
            pairs.append((row, column))
            used[0].add(row)
            used[1].add(column)
    return pairs


def decode_single(heatmaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Joints of one person in float32 (N, h, w): (N, 2) float32 map pixels and (N,) float32 heights.

    The highest pixel, moved a quarter of a pixel in x and in y towards the higher neighbour, as Newell et al.
    2016 do; at the border and between equal neighbours it stays.
    """
    count, height, width = heatmaps.shape
    flat = heatmaps.reshape(count, -1)
    rows, columns = np.divmod(flat.argmax(axis=1), width)
    ringed = np.pad(heatmaps, ((0, 0), (1, 1), (1, 1)), mode="edge")
    each = np.arange(count)
    dx = np.sign(ringed[each, rows + 1, columns + 2] - ringed[each, rows + 1, columns])
    dy = np.sign(ringed[each, rows + 2, columns + 1] - ringed[each, rows, columns + 1])
    inside_x, inside_y = (columns > 0) & (columns < width - 1), (rows > 0) & (rows < height - 1)
    points = np.column_stack([columns + 0.25 * dx * inside_x, rows + 0.25 * dy * inside_y])
    return points.astype(np.float32), flat.max(axis=1).astype(np.float32)


def _top(before: np.ndarray, middle: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where the parabola through three values one pixel apart has its top: -0.5 to 0.5 from the middle."""
    bend = 2 * middle - before - after
    return np.where(bend > 0, (after - before) / 2 / np.maximum(bend, 1e-12), 0).clip(-0.5, 0.5)


def _connect(people: list[dict[int, int]], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Note a limb between two peaks, (joint, index) each: begin a person, lengthen one or join two.

    A limb that would give a person two different peaks for a joint is dropped: an earlier one was surer.
    """
    limb = dict((start, end))
    owners = [person for person in people if person.items() & limb.items()]
    if not owners:
        people.append(limb)
    elif len(owners) == 1:
        owners[0].update(limb | owners[0])
    elif not owners[0].keys() & owners[1].keys():
        owners[0].update(owners[1])
        people.remove(owners[1])
