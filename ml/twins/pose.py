"""Random standing poses: a turned, leaning trunk, legs, and arms solved for where the wrists go."""

from dataclasses import dataclass

import numpy as np

ARM_STYLES = {
    "hanging": 0.45, "apart": 0.12, "pocket": 0.1, "hip": 0.1, "front": 0.07, "crossed": 0.04, "behind": 0.05,
    "raised": 0.03, "reaching": 0.04,
}  # fmt: skip
_POLES = {"hip": (1, 0.6, 0), "crossed": (0.7, 0.2, -0.6), "raised": (1, -0.1, 0.2)}


@dataclass(frozen=True)
class Girth:
    """Extent of the resting trunk in metres: half its width at the hips, its front (y < 0) and back."""

    side: float
    front: float
    back: float


def rotation(axis: str, angle: float) -> np.ndarray:
    """(3, 3) right-handed rotation about `axis` by `angle` radians."""
    c, s, out = np.cos(angle), np.sin(angle), np.eye(3)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    out[i, i] = out[j, j] = c
    out[i, j], out[j, i] = -s, s
    return out


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / (np.linalg.norm(vector) + 1e-9)


def _frame(along: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    """Orthonormal columns: `along`, the part of `hinge` normal to it, and their cross product."""
    a = _unit(along)
    h = _unit(hinge - a * (hinge @ a))
    return np.stack([a, h, np.cross(a, h)], axis=1)


def _about(turn: np.ndarray, pivot: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(3, 4) transform that turns about `pivot` and brings it to `target`."""
    return np.concatenate([turn, (target - turn @ pivot)[:, None]], axis=1)


def apply(transform: np.ndarray, point: np.ndarray) -> np.ndarray:
    """`point` (3,) moved by a (3, 4) `transform`."""
    return transform[:, :3] @ point + transform[:, 3]


def solve_elbow(
    shoulder: np.ndarray, wrist: np.ndarray, upper: float, lower: float, pole: np.ndarray
) -> np.ndarray:
    """Where the elbow is when the arm reaches from `shoulder` towards `wrist`, bent to the side of `pole`."""
    reach = wrist - shoulder
    distance = np.clip(np.linalg.norm(reach), abs(upper - lower) + 1e-3, upper + lower - 1e-3)
    along = _unit(reach)
    adjacent = (upper**2 - lower**2 + distance**2) / (2 * distance)
    height = np.sqrt(max(upper**2 - adjacent**2, 0))
    return shoulder + along * adjacent + _unit(pole - along * (pole @ along)) * height


def wrist_target(
    style: str, u: np.ndarray, heads: dict[str, np.ndarray], girth: Girth, length: float
) -> np.ndarray:
    """(3,) where a wrist goes at rest orientation of the chest, x outwards; `u` (3,) in 0..1 varies it."""
    shoulder = heads["upperarm01.L"][2]
    hip, waist, head = heads["upperleg01.L"][2], heads["spine04"][2], heads["head"][2]
    low, high = {
        "hanging": ((girth.side + 0.03, -0.12, shoulder - 0.985 * length),
                    (girth.side + 0.11, 0.04, shoulder - 0.93 * length)),
        "apart": ((girth.side + 0.12, -0.15, shoulder - 0.92 * length),
                  (girth.side + 0.35, 0.1, shoulder - 0.75 * length)),
        "pocket": ((girth.side, -0.1, hip), (girth.side + 0.04, -0.02, hip + 0.09)),
        "hip": ((girth.side, -0.08, waist - 0.04), (girth.side + 0.05, 0.05, waist + 0.06)),
        "front": ((-0.05, girth.front - 0.08, hip - 0.05), (0.08, girth.front - 0.03, hip + 0.16)),
        "crossed": ((-0.16, girth.front - 0.08, shoulder - 0.3), (-0.06, girth.front - 0.03, shoulder - 0.2)),
        "behind": ((-0.05, girth.back + 0.03, hip - 0.02), (0.12, girth.back + 0.1, waist)),
        "raised": ((0.02, -0.12, head - 0.02), (0.3, 0.05, head + 0.25)),
        "reaching": ((0.02, girth.front - 0.25, waist), (0.3, girth.front - 0.06, shoulder - 0.05)),
    }[style]  # fmt: skip
    return np.array(low) + u * (np.array(high) - np.array(low))


@dataclass(frozen=True)
class PoseSample:
    """A pose that does not know the body yet. Angles in radians; index 0 is the left side, 1 the right."""

    yaw: float
    chest_yaw: float
    lean: tuple[float, float]  # of the chest: forward, sideways
    tilt: float  # of the pelvis, sideways
    nod: tuple[float, float]  # of the head: turn, forward
    arms: tuple[str, str]  # of ARM_STYLES
    reach: np.ndarray  # (2, 3) in 0..1, place of each wrist inside the range of its style
    thighs: np.ndarray  # (2, 2) inwards, forwards
    knees: np.ndarray  # (2,)

    @classmethod
    def random(cls, rng: np.random.Generator) -> "PoseSample":
        arms = rng.choice(list(ARM_STYLES), 2, p=list(ARM_STYLES.values()))
        if rng.random() < 0.65:
            arms[1] = arms[0]
        yaw = float(np.clip(rng.normal(0, 0.25), -0.79, 0.79))
        stride = rng.uniform(0.05, 0.35) * rng.choice([-1, 1]) if rng.random() < 0.3 else 0.0
        lift = rng.normal(0, 0.03, 2) + np.array([stride, -stride])
        return cls(
            yaw=yaw,
            chest_yaw=yaw + rng.normal(0, 0.09),
            lean=(rng.normal(0, 0.03), rng.normal(0, 0.035)),
            tilt=rng.normal(0, 0.03),
            nod=(rng.normal(0, 0.25), rng.normal(0, 0.1)),
            arms=(str(arms[0]), str(arms[1])),
            reach=rng.random((2, 3)),
            thighs=np.stack([rng.uniform(-0.06, 0.1, 2), lift], axis=1),
            knees=np.abs(rng.normal(0, 0.06, 2)) + rng.uniform(0, 0.4, 2) * (lift < -0.05),
        )

    def transforms(self, heads: dict[str, np.ndarray], girth: Girth) -> dict[str, np.ndarray]:
        """(3, 4) transform from rest to this pose for each driver: pelvis, spine bones, head and limbs."""
        pelvis = rotation("z", self.yaw) @ rotation("y", self.tilt)
        chest = rotation("z", self.chest_yaw) @ rotation("y", self.lean[1]) @ rotation("x", self.lean[0])
        out = {"pelvis": _about(pelvis, heads["root"], heads["root"])}
        previous, spine = out["pelvis"], ("spine05", "spine04", "spine03", "spine02", "spine01")
        for k, bone in enumerate(spine):
            # Small angles: a blend of two rotations, made orthogonal again, is near enough to slerp.
            left, _, right = np.linalg.svd(pelvis + (chest - pelvis) * (k + 1) / len(spine))
            previous = out[bone] = _about(left @ right, heads[bone], apply(previous, heads[bone]))
        head = rotation("z", self.chest_yaw + self.nod[0]) @ rotation("x", self.nod[1])
        out["head"] = _about(head, heads["neck02"], apply(out["spine01"], heads["neck02"]))
        for k, side in enumerate("LR"):
            out |= self._arm(side, k, out["spine01"], heads, girth)
            out |= self._leg(side, k, out["pelvis"], heads)
        return out

    def _leg(
        self, side: str, k: int, pelvis: np.ndarray, heads: dict[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        inwards, forwards = self.thighs[k]
        hip, knee = heads[f"upperleg01.{side}"], heads[f"lowerleg01.{side}"]
        sign = 1 if side == "L" else -1
        thigh = rotation("z", self.yaw) @ rotation("y", sign * inwards) @ rotation("x", -forwards)
        upper = _about(thigh, hip, apply(pelvis, hip))
        shin = thigh @ rotation("x", self.knees[k])
        return {f"thigh.{side}": upper, f"shin.{side}": _about(shin, knee, apply(upper, knee))}

    def _arm(
        self, side: str, k: int, chest: np.ndarray, heads: dict[str, np.ndarray], girth: Girth
    ) -> dict[str, np.ndarray]:
        mirror = np.array((1 if side == "L" else -1, 1, 1))
        s, e, w = (heads[f"{name}.{side}"] for name in ("upperarm01", "lowerarm01", "wrist"))
        upper, lower = np.linalg.norm(e - s), np.linalg.norm(w - e)
        target = wrist_target(self.arms[k], self.reach[k], heads, girth, upper + lower) * mirror
        elbow = solve_elbow(
            s, target, upper, lower, np.array(_POLES.get(self.arms[k], (0.35, 1, 0))) * mirror
        )
        rest_hinge, hinge = np.cross(e - s, w - e), np.cross(elbow - s, target - elbow)
        turn_upper = _frame(elbow - s, hinge) @ _frame(e - s, rest_hinge).T
        turn_lower = _frame(target - elbow, hinge) @ _frame(w - e, rest_hinge).T
        first = _about(chest[:, :3] @ turn_upper, s, apply(chest, s))
        second = _about(chest[:, :3] @ turn_lower, e, apply(first, e))
        return {f"upperarm.{side}": first, f"forearm.{side}": second}
