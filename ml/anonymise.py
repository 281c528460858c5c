"""A photo without the person: body and clothing stay, head and surroundings are replaced, never blurred.

What a picture shows outside `Plan.core` is drawn anew from what is within, from the pose and from one colour,
the tone of the skin. No pixel of face, hair, background or of things that are carried has a part in it.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ml.analysis import PersonAnalysis
from ml.anatomy import EYES, KNUCKLES, MOUTH, NOSE, WRISTS, arm_shape, leg_shape, shoulder_shape
from ml.errors import Refusal
from ml.faces import Face, FaceSource
from ml.inpaint import push_pull
from ml.mannequin import Head, draw_head, draw_neck, draw_wall
from ml.morphology import dilate
from ml.pose import Pose
from ml.scene import INDEX, Scene
from ml.skin import lit_tone, typical

BODY = ("skin", "upper", "outer", "dress", "lower", "shoes")
"""What stays. Hair goes with the face, and a bag with the surroundings."""
FACE_JOINTS = (NOSE, *EYES, *MOUTH)
MIN_VISIBILITY = 0.8
MIN_SCORE = 0.8
"""Of the detector, for the face that is to be replaced."""
MIN_SKIN = 0.35
"""Share of the face that the parser must take for skin."""
REMAINS, ELSEWHERE = 0.5, 0.8
"""Scores from which there is a face in the place of the head, and anywhere else. Cloth that is taken for one
has been seen to reach 0.67, a photographed face never less than 0.88."""
VIEWS = (1.6, 2.4, 3.6)
"""Sides of the squares in which a face is looked for, in heights of the head."""
ZONE_ACROSS, ZONE_CHIN = 1.6, 1.12
"""How far beside and below the head nothing stays, in halves of its width and height."""
LEAST_TONE = 100
"""Pixels of the face that are needed to tell its tone."""
RIM = 0.004
"""Width of the edge of the body that is drawn anew, as a share of the photo's height: in it colours of what
is behind are mixed with the body's."""
SUSPICION = 0.2
"""Probability from which hair and bags are not taken for clothing."""
SILHOUETTE = 0.3
"""Of MediaPipe's silhouette, what is taken for person."""
JOINT = 0.015
"""How near a joint a part of the body must be, as a share of the photo's height."""
MOST_HIDDEN = 0.1
"""Share of the body that may lie behind hair and bags."""


@dataclass(frozen=True)
class Plan:
    """What becomes of a photo of H x W pixels. core: bool (H, W), what stays, bit for bit; body: bool (H, W),
    core, its edge, and what was hidden before it; pose, head and tone (3,): what the rest is drawn from.
    """

    core: np.ndarray
    body: np.ndarray
    pose: Pose
    head: Head
    tone: np.ndarray


@dataclass(frozen=True)
class Anonymised:
    """image: RGB uint8 (H, W, 3); core: as of Plan; hidden: share of the body that had to be made up."""

    image: np.ndarray
    core: np.ndarray
    hidden: float


def anonymise(person: PersonAnalysis, faces: FaceSource) -> Anonymised:
    """The photo without the person's face, hair, surroundings and bag.

    Raises Refusal: `face_not_found` when not sure where the face is, `face_covered` when a hand is before it,
    `body_covered` when too much of the body is hidden, `face_remains` when a face is found afterwards.
    """
    scene = person.scene
    require_face(scene, faces)
    plan = make_plan(person)
    hidden = 1 - float(plan.core.sum()) / float(dilate(plan.body, -rim_of(plan.body)).sum() or 1)
    if hidden > MOST_HIDDEN:
        raise Refusal("body_covered")
    image = paint(person.photo, plan)
    if remaining_faces(image, plan.core, plan.head, faces):
        raise Refusal("face_remains")
    return Anonymised(image, plan.core, hidden)


def require_face(scene: Scene, faces: FaceSource) -> None:
    """Raise Refusal `face_not_found` unless pose, detector and parser agree where the face is."""
    pose, head = scene.pose, Head.of(scene.pose)
    points = pose.keypoints[list(FACE_JOINTS)]
    inside = ((points >= 0) & (points < scene.labels.shape[::-1])).all()
    if not inside or pose.visibility[list(FACE_JOINTS)].min() < MIN_VISIBILITY:
        raise Refusal("face_not_found")
    seen = [face for face in faces_around(scene.photo, head, faces) if is_at(face, head)]
    if not seen or seen[0].score < MIN_SCORE:
        raise Refusal("face_not_found")
    face = cv2.fillConvexPoly(
        np.zeros(scene.labels.shape, np.uint8), cv2.convexHull(points.round().astype(np.int32)), 1
    )
    if scene.of("skin")[face > 0].mean() < MIN_SKIN or scene.regions["face"].sum() < LEAST_TONE:
        raise Refusal("face_not_found")


def make_plan(person: PersonAnalysis) -> Plan:
    """What stays and where the rest is drawn. Raises Refusal `face_covered`."""
    scene = person.scene
    pose, head = scene.pose, Head.of(scene.pose)
    across, down = head.places(scene.labels.shape)
    zone = (np.abs(across) < ZONE_ACROSS) & (down < ZONE_CHIN)
    _refuse_hands(pose, zone)
    face = scene.regions["face"]
    gone = _maybe(person, "hair") | _maybe(person, "bag")
    kept = scene.of(*BODY) & _person(scene) & ~face & ~zone & ~gone
    body = kept | (gone & ~zone & _expected_body(pose))
    tone = lit_tone(scene.photo[typical(scene.photo.astype(np.float32), face)])
    return Plan(dilate(kept, -rim_of(kept)), body, pose, head, tone.round())


def paint(photo: np.ndarray, plan: Plan) -> np.ndarray:
    """RGB uint8 (H, W, 3) of an RGB uint8 photo: within the core the photo, elsewhere nothing of it."""
    size = plan.core.shape
    known = np.where(plan.core[..., None], photo, 0).astype(np.float32)
    filled = push_pull(known, plan.core.astype(np.float32))
    result = draw_wall(size)
    for colour, alpha in (
        draw_neck(plan.head, plan.pose, plan.tone),
        (
            filled,
            cv2.GaussianBlur(np.float32(plan.body), (0, 0), 1.0),
        ),
        draw_head(plan.head, plan.tone, size),
    ):
        result += alpha[..., None] * (colour - result)
    return np.where(plan.core[..., None], photo, np.uint8(result.round().clip(0, 255)))


def faces_around(image: np.ndarray, head: Head, faces: FaceSource) -> list[Face]:
    """Faces within some squares around the head, in pixels of the whole `image`, the surest first."""
    found = [face for view in VIEWS for face in _faces_in(image, head.centre, view * head.half_height, faces)]
    return sorted(found, key=lambda face: -face.score)


def remaining_faces(image: np.ndarray, core: np.ndarray, head: Head, faces: FaceSource) -> list[Face]:
    """Faces that are found in an anonymised picture: in the place of the head, or as large a one anywhere."""
    found = [face for face in faces_around(image, head, faces) if is_at(face, head) and face.score >= REMAINS]
    half = VIEWS[1] * head.half_height
    rows, columns = np.nonzero(core)
    if not len(rows):
        return found
    for y in np.arange(rows.min(), rows.max() + half, half):
        for x in np.arange(columns.min(), columns.max() + half, half):
            found += [
                face for face in _faces_in(image, np.array([x, y]), half, faces) if face.score >= ELSEWHERE
            ]
    return found


def rim_of(mask: np.ndarray) -> float:
    """Width in pixels of the body's edge."""
    return max(3.0, RIM * len(mask))


def _faces_in(image: np.ndarray, centre: np.ndarray, half: float, faces: FaceSource) -> list[Face]:
    """Faces in a square of the image, in pixels of the whole image."""
    height, width = image.shape[:2]
    left, top = np.maximum(np.floor(centre - half), 0).astype(int)
    right, bottom = np.minimum(np.ceil(centre + half), (width, height)).astype(int)
    if right - left < 2 or bottom - top < 2:
        return []
    shift = np.array([left, top, left, top], np.float32)
    return [replace(face, box=face.box + shift) for face in faces.detect(image[top:bottom, left:right])]


def is_at(face: Face, head: Head) -> bool:
    """Whether the middle of the face's box lies in the head."""
    away = (face.box[:2] + face.box[2:]) / 2 - head.centre
    return float(np.linalg.norm(away)) < head.half_height


def _refuse_hands(pose: Pose, zone: np.ndarray) -> None:
    """Raise Refusal `face_covered` when a hand that is seen is in the zone of the head."""
    for joint in (*WRISTS, *KNUCKLES[0], *KNUCKLES[1]):
        x, y = pose.keypoints[joint].round().astype(int)
        inside = 0 <= y < zone.shape[0] and 0 <= x < zone.shape[1]
        if inside and zone[y, x] and pose.visibility[joint] > 0.5:
            raise Refusal("face_covered")


def _maybe(person: PersonAnalysis, name: str) -> np.ndarray:
    """Bool (H, W): what the parser takes for `name`, or has a suspicion that it is."""
    labels, parse = person.scene.of(name), person.parse
    return labels | (parse.frame.to_photo(parse.probabilities[INDEX[name]], labels.shape) > SUSPICION)


def _person(scene: Scene) -> np.ndarray:
    """Bool (H, W): what parser and silhouette agree on, in parts that a joint lies in or beside: no shadow
    and no bystander."""
    silhouette = dilate(scene.pose.segmentation > SILHOUETTE, RIM * len(scene.labels))
    # Silhouettes often end at the ankles.
    body = scene.of(*BODY, "hair", "bag") & (silhouette | scene.of("shoes"))
    _, parts = cv2.connectedComponents(np.uint8(body))
    joints = np.zeros(body.shape, np.uint8)
    for x, y in scene.pose.keypoints.round().astype(int):
        cv2.circle(joints, (int(x), int(y)), max(1, round(JOINT * len(joints))), 1, -1)
    mine = np.unique(parts[joints > 0])
    return np.isin(parts, mine[mine > 0])


def _expected_body(pose: Pose) -> np.ndarray:
    """Bool (H, W): where a body must be, seen or not."""
    trunk = np.zeros(pose.segmentation.shape, np.uint8)
    corners = pose.keypoints[[11, 12, 24, 23]].round().astype(np.int32)
    cv2.fillConvexPoly(trunk, cv2.convexHull(corners), 1)
    return (trunk > 0) | shoulder_shape(pose) | arm_shape(pose, 0) | arm_shape(pose, 1) | leg_shape(pose, 1.0)
