"""`python -m ml anonymise --data DIR --output SHEET.png`: how many photos can be anonymised, and whether
anybody finds a face in them afterwards. Prints JSON; the sheet is for looking."""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ml.anatomy import shoulder_width
from ml.anonymise import Anonymised, anonymise, faces_around, is_at, remaining_faces
from ml.contact import Entry, contact_sheet
from ml.errors import Refusal
from ml.faces import FaceDetector
from ml.images import output_format, read_image, write_image
from ml.mannequin import Head
from ml.pipeline import TryOnPipeline
from ml.pose import Pose, PoseEstimator

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
KEPT_JOINT = 0.2
"""How far a joint may move, in widths of the shoulders, to count as kept (PCK)."""
TRUNK_AND_LIMBS = slice(11, 29)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--data", type=Path, required=True, help="folder of photos")
    parser.add_argument("--output", type=Path, required=True, help="contact sheet, .png or .jpg")
    parser.add_argument("--limit", type=int, default=100, help="photos, spread over the folder (100)")
    parser.add_argument("--device", default="auto")


def run(arguments: argparse.Namespace) -> int:
    """Anonymise a folder and print what came of it."""
    output_format(arguments.output)
    paths = spread(photos_in(arguments.data), arguments.limit)
    if not paths:
        raise ValueError(f"{arguments.data} holds no photos ({', '.join(SUFFIXES)})")
    trial = Trial(arguments.device)
    entries = [trial.attempt(path) for path in paths]
    write_image(arguments.output, contact_sheet(entries, columns=4, height=300))
    print(json.dumps(trial.report(), indent=2))
    return 0


def photos_in(folder: Path) -> list[Path]:
    """The photos of a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def spread(paths: list[Path], limit: int) -> list[Path]:
    """At most `limit` paths, evenly spread."""
    places = np.linspace(0, len(paths) - 1, min(limit, len(paths))).round().astype(int)
    return [paths[place] for place in places]


class Trial:
    """Photos anonymised one after another, and what was counted."""

    def __init__(self, device: str) -> None:
        self._poses, self._faces = PoseEstimator(), FaceDetector()
        self._pipeline = TryOnPipeline.load(device, pose=self._poses)
        self._codes: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._before: list[float] = []
        self._after: list[float] = []
        self._joints: list[float] = []

    def attempt(self, path: Path) -> Entry:
        """Anonymise one photo and count."""
        photo = read_image(path)
        try:
            person = self._pipeline.analyse_person(photo)
            result = anonymise(person, self._faces)
        except Refusal as refusal:
            self._codes[refusal.code] += 1
            return Entry(photo, np.full_like(photo, 255), None, f"{path.name}: {refusal.code}")
        self._codes["accepted"] += 1
        pose = person.check.pose
        self._count(person.photo, result, pose)
        view = head_view(result.image, Head.of(pose))
        return Entry(person.photo, result.image, view, f"{path.name}: hidden {result.hidden:.2f}")

    def _count(self, photo: np.ndarray, result: Anonymised, pose: Pose) -> None:
        head = Head.of(pose)
        self._before.append(score_at(photo, head, self._faces))
        self._after.append(score_at(result.image, head, self._faces))
        self._counts["found_again"] += bool(remaining_faces(result.image, result.core, head, self._faces))
        self._counts["core_changed"] += bool((result.image != photo)[result.core].any())
        again = self._poses.estimate(result.image)
        self._counts["pose_lost"] += not again
        if again:
            seen = pose.visibility[TRUNK_AND_LIMBS] > 0.5
            moved = np.linalg.norm((again[0].keypoints - pose.keypoints)[TRUNK_AND_LIMBS][seen], axis=1)
            self._joints.append(float((moved < KEPT_JOINT * shoulder_width(pose)).mean()))

    def report(self) -> dict[str, Any]:
        """What was counted, for JSON."""
        accepted = self._codes.pop("accepted", 0)
        scores = {"face_score_before": self._before, "face_score_after": self._after}
        return {
            "photos": accepted + sum(self._codes.values()),
            "accepted": accepted,
            "refused": dict(sorted(self._codes.items())),
            **{name: self._counts[name] for name in ("found_again", "core_changed", "pose_lost")},
            **{name: {"least": min(v), "most": max(v)} for name, v in scores.items() if v},
            "joints_kept": round(float(np.mean(self._joints)), 4) if self._joints else None,
        }


def score_at(image: np.ndarray, head: Head, faces: FaceDetector) -> float:
    """The score of the surest face in the place of the head; 0 without one."""
    found = [face.score for face in faces_around(image, head, faces) if is_at(face, head)]
    return round(max(found, default=0.0), 3)


def head_view(image: np.ndarray, head: Head) -> np.ndarray:
    """The square of two heads' height around the head: RGB uint8."""
    left, top = np.maximum(head.centre - 2 * head.half_height, 0).astype(int)
    right, bottom = np.maximum(head.centre + 2 * head.half_height, (left + 2, top + 2)).astype(int)
    return np.ascontiguousarray(image[top:bottom, left:right])
