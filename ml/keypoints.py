"""Keypoint files of OpenPose and AlphaPose, and the way between their joints and MediaPipe's 33.

Layouts are tables of joint names; a joint goes from one layout to another by its name. "Left" is the person's
own left. Coordinates are photo pixels, pixel centres on whole numbers.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.pose import Pose

BODY_25 = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
    "left_wrist", "mid_hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "right_eye", "left_eye", "right_ear", "left_ear", "left_big_toe", "left_small_toe", "left_heel",
    "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip
COCO_18 = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
    "left_wrist", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
COCO_17 = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee",
    "left_ankle", "right_ankle",
)  # fmt: skip
HALPE_26 = (
    *COCO_17, "head_top", "neck", "mid_hip", "left_big_toe", "right_big_toe", "left_small_toe",
    "right_small_toe", "left_heel", "right_heel",
)  # fmt: skip
MEDIAPIPE_33 = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
    "right_eye_outer", "left_ear", "right_ear", "left_mouth", "right_mouth", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky",
    "left_index", "right_index", "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee",
    "right_knee", "left_ankle", "right_ankle", "left_heel", "right_heel", "left_big_toe", "right_big_toe",
)  # fmt: skip
LAYOUTS = {"body_25": BODY_25, "coco_18": COCO_18, "halpe_26": HALPE_26, "coco_17": COCO_17}
HALPE_136 = 136
"""Joints of the layout whose first 26 are those of HALPE_26; hands and face follow."""

# A person from the front, arms half raised, so that the nearest joint is also the nearest along the body.
# Left half and nose; x to the person's left, y down, origin between the shoulders, the torso is 1 long.
_FIGURE = {
    "nose": (0.0, -0.55), "left_eye": (0.07, -0.63), "left_ear": (0.15, -0.60), "left_shoulder": (0.36, 0.0),
    "left_elbow": (0.74, 0.40), "left_wrist": (1.07, 0.76), "left_hip": (0.20, 1.0),
    "left_knee": (0.28, 1.85), "left_ankle": (0.34, 2.65),
}  # fmt: skip
MOUTH = 1.6
"""Distance from eyes to mouth as a multiple of that from eyes to nose."""
MOUTH_WIDTH, EYE_WIDTH = 0.8, 0.5
"""Widths of the mouth and of an eye as shares of the distance between the eyes."""
FINGERS = {"pinky": 0.33, "index": 0.36, "thumb": 0.22}
"""How far beyond the wrist a finger's knuckle lies, in lengths of the forearm."""
FOOT = {"heel": 0.08, "big_toe": 0.22}
"""How far beyond the ankle heel and toes lie, in lengths of the shin: feet are seen foreshortened."""


@dataclass(frozen=True)
class Keypoints:
    """One person as a program wrote them down.

    layout: a name in LAYOUTS, whose table has N joints.
    points: (N, 2) float32 pixels; confidence: (N,) float32, 0 for a joint that was not found. AlphaPose's may
    be above 1.
    """

    layout: str
    points: np.ndarray
    confidence: np.ndarray


def read_openpose(content: str | bytes) -> list[Keypoints]:
    """People in a file of OpenPose, BODY_25 or COCO-18, or in one that AlphaPose wrote for an image in
    OpenPose's manner (`--format open` or `cmu`).

    Raises ValueError that says what is wrong with the file.
    """
    document = _json(content)
    if not isinstance(document, dict):
        raise ValueError('keypoint file: an object with a list "people" is expected')
    key, numbers = ("bodies", "joints") if "bodies" in document else ("people", "pose_keypoints_2d")
    if not isinstance(document.get(key), list):
        raise ValueError('keypoint file: an object with a list "people" is expected')
    return [
        _keypoints(_entry(person, numbers, f"person {index}"), ("body_25", "coco_18"), f"person {index}")
        for index, person in enumerate(document[key])
    ]


def write_openpose(people: Sequence[Keypoints]) -> str:
    """The file that OpenPose writes for one image. Raises ValueError for a layout that it does not have."""
    for person in people:
        if person.layout not in ("body_25", "coco_18"):
            raise ValueError(f"OpenPose has no layout {person.layout}")
    return json.dumps(
        {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": _numbers(p)} for p in people]}
    )


def read_alphapose(content: str | bytes) -> dict[str, list[Keypoints]]:
    """People by image in a file of AlphaPose: Halpe-26, Halpe-136 (its first 26 joints) or COCO-17.

    Raises ValueError that says what is wrong with the file.
    """
    document = _json(content)
    if not isinstance(document, list):
        raise ValueError("keypoint file: a list of people is expected")
    images: dict[str, list[Keypoints]] = {}
    for index, person in enumerate(document):
        who = f"person {index}"
        numbers = _entry(person, "keypoints", who)
        image = _entry(person, "image_id", who)
        if isinstance(numbers, list) and len(numbers) == 3 * HALPE_136:
            numbers = numbers[: 3 * len(HALPE_26)]
        images.setdefault(str(image), []).append(_keypoints(numbers, ("halpe_26", "coco_17"), who))
    return images


def write_alphapose(images: Mapping[str, Sequence[Keypoints]]) -> str:
    """The file that AlphaPose writes for people by image; a person's score is their mean confidence.

    Raises ValueError for a layout that AlphaPose does not have.
    """
    people = [(image, person) for image, found in images.items() for person in found]
    for _, person in people:
        if person.layout not in ("halpe_26", "coco_17"):
            raise ValueError(f"AlphaPose has no layout {person.layout}")
    return json.dumps(
        [
            {
                "image_id": image,
                "category_id": 1,
                "keypoints": _numbers(person),
                "score": float(person.confidence.mean()),
            }
            for image, person in people
        ]
    )


def to_pose(keypoints: Keypoints, segmentation: np.ndarray) -> Pose:
    """The person in MediaPipe's order; segmentation: (H, W) float32 in 0..1, their silhouette.

    Joints that were not found, and the mouth, hands and corners of the eyes that no layout has, get
    visibility 0 and the place where a body has them: code that averages eyes, mouth, knuckles or toes works
    with all 33 and does not look at visibility. Raises ValueError when fewer than two joints of COCO_17 were
    found: a body cannot be placed by one.
    """
    names = LAYOUTS[keypoints.layout]
    found = {
        name: point.astype(np.float64)
        for name, point, confidence in zip(names, keypoints.points, keypoints.confidence, strict=True)
        if confidence > 0
    }
    placed = _with_details(_with_figure(found))
    sure = dict(zip(names, keypoints.confidence, strict=True))
    return Pose(
        np.array([placed[name] for name in MEDIAPIPE_33], np.float32),
        np.array([sure.get(name, 0) for name in MEDIAPIPE_33], np.float32).clip(0, 1),
        segmentation,
    )


def from_pose(pose: Pose, layout: str) -> Keypoints:
    """The person in `layout`, a name in LAYOUTS. Neck and middle of the hips are midpoints, as sure as the
    less sure end; joints that MediaPipe does not have are at (0, 0) with confidence 0, as OpenPose writes it.
    """
    known = {
        name: (point, sure)
        for name, point, sure in zip(MEDIAPIPE_33, pose.keypoints, pose.visibility, strict=True)
    }
    for name, joint in (("neck", "shoulder"), ("mid_hip", "hip")):
        (left, left_sure), (right, right_sure) = known[f"left_{joint}"], known[f"right_{joint}"]
        known[name] = (left + right) / 2, min(left_sure, right_sure)
    chosen = [known.get(name, (np.zeros(2), 0)) for name in LAYOUTS[layout]]
    points, confidence = zip(*chosen, strict=True)
    return Keypoints(layout, np.array(points, np.float32), np.array(confidence, np.float32))


def _json(content: str | bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"keypoint file: not JSON ({error})") from error


def _entry(person: Any, key: str, who: str) -> Any:
    if not isinstance(person, dict) or key not in person:
        raise ValueError(f'keypoint file: {who} has no "{key}"')
    return person[key]


def _keypoints(numbers: Any, layouts: Sequence[str], who: str) -> Keypoints:
    """x, y, confidence of joint after joint; their count tells the layout."""
    if not isinstance(numbers, list) or not all(type(number) in (int, float) for number in numbers):
        raise ValueError(f"keypoint file: {who}'s keypoints are not a list of numbers")
    layout = next((name for name in layouts if 3 * len(LAYOUTS[name]) == len(numbers)), None)
    if layout is None:
        expected = ", ".join(f"{3 * len(LAYOUTS[name])} ({name})" for name in layouts)
        raise ValueError(f"keypoint file: {who} has {len(numbers)} numbers; known layouts: {expected}")
    limit = float(np.finfo(np.float32).max)
    if not all(abs(number) <= limit for number in numbers):  # NaN is not, either
        raise ValueError(f"keypoint file: {who} has a number that is not finite")
    table = np.array(numbers, np.float32).reshape(-1, 3)
    return Keypoints(layout, table[:, :2].copy(), table[:, 2].copy())


def _numbers(person: Keypoints) -> list[float]:
    return np.column_stack([person.points, person.confidence]).astype(float).ravel().tolist()


def _with_figure(found: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """`found`, (2,) pixels by name, and the missing joints of COCO_17: each keeps the place that it has in
    the figure relative to the nearest joint found, turned and scaled as the figure fits best."""
    figure = {name: complex(*place) for name, place in _FIGURE.items()}
    figure |= {
        name.replace("left", "right"): -place.conjugate()
        for name, place in figure.items()
        if name.startswith("left")
    }
    seen = [name for name in COCO_17 if name in found]
    if len(seen) < 2:
        raise ValueError("fewer than two joints were found")
    # Places as complex numbers: a similarity is z -> a z + b, and least squares give a in one line.
    source = np.array([figure[name] for name in seen])
    target = np.array([complex(*found[name]) for name in seen])
    centred = source - source.mean()
    turn = np.vdot(centred, target - target.mean()) / np.vdot(centred, centred).real
    placed = dict(found)
    for name in COCO_17:
        if name not in found:
            near = seen[int(np.abs(source - figure[name]).argmin())]
            offset = turn * (figure[name] - figure[near])
            placed[name] = found[near] + (offset.real, offset.imag)
    return placed


def _with_details(points: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """`points`, which have COCO_17, and what is missing in mouth, corners of the eyes, hands and feet."""
    eyes = (points["left_eye"] + points["right_eye"]) / 2
    mouth = eyes + MOUTH * (points["nose"] - eyes)
    details = {}
    for side, other in (("left", "right"), ("right", "left")):
        outwards = points[f"{side}_eye"] - points[f"{other}_eye"]
        details[f"{side}_mouth"] = mouth + MOUTH_WIDTH / 2 * outwards
        details[f"{side}_eye_inner"] = points[f"{side}_eye"] - EYE_WIDTH / 2 * outwards
        details[f"{side}_eye_outer"] = points[f"{side}_eye"] + EYE_WIDTH / 2 * outwards
        for start, end, parts in (("elbow", "wrist", FINGERS), ("knee", "ankle", FOOT)):
            along = points[f"{side}_{end}"] - points[f"{side}_{start}"]
            for part, share in parts.items():
                details[f"{side}_{part}"] = points[f"{side}_{end}"] + share * along
    return details | dict(points)
