"""Hair: shells of strands over the scalp, and a curtain that falls from it."""

from dataclasses import dataclass

import numpy as np

from ml.twins.raster import FAR, rasterise
from shop.artwork.people.body import Figure, surface
from shop.artwork.people.camera import MATERIALS, Camera, Frame
from shop.artwork.people.layers import Layer, vertex_normals
from shop.artwork.relief import noise, ramp


@dataclass(frozen=True)
class Hair:
    """`length` of the shells in metres, `curl` 0 straight .. 1 tight, height of the hairline above the eyes, and how
    far (metres below the eyes) a curtain of long hair falls, 0 for none."""

    length: float = 0.022
    curl: float = 0.0
    hairline: float = 0.068
    fall: float = 0.0
    top: float = 0.0
    shells: int = 14


def eye_centres(person: Figure) -> np.ndarray:
    """(2, 3) rest positions of the centres of the left and right eye."""
    return np.stack([person.rest[np.unique(surface(f"helper-{side}-eye").vertex)].mean(0) for side in "lr"])


def scalp(style: Hair, local: np.ndarray) -> np.ndarray:
    """Distance in metres inside the hairline (negative outside) at positions relative to the point between the eyes."""
    x, y, z = np.abs(local[:, 0]), local[:, 1], local[:, 2]
    line = np.interp(
        y,
        [-0.03, 0.015, 0.040, 0.058, 0.075, 0.10, 0.15, 0.19],
        [style.hairline, style.hairline - 0.008, 0.030, -0.018, -0.02, 0.0, -0.055, -0.075],
    )
    temple = 0.016 * np.exp(-(((x - 0.045) / 0.014) ** 2)) * (y < 0.04)
    return (z - line - temple).astype(np.float32)


def shells(style: Hair, person: Figure) -> list[Layer]:
    """The scalp, again and again, further and further out; strands are cut out of each later."""
    body = surface("body")
    eyes = eye_centres(person)
    local = person.rest - eyes.mean(0)
    inside = scalp(style, local)
    head = (person.weight("head", "neck03") > 0.5) & (inside > -0.02)
    head &= ~(
        (np.abs(local[:, 0]) > 0.071) & (local[:, 1] > 0.045) & (local[:, 1] < 0.115) & (local[:, 2] < 0.035)
    )
    faces = body.faces[head[body.vertex][body.faces].all(1)]
    normal = vertex_normals(person.posed, body.vertex[body.faces])
    middle = person.posed[head & (inside > 0.01)].mean(0)
    outward = person.posed - middle
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    way = normal * (1 - style.curl) + outward * style.curl
    way = way + np.array([0, 0, -0.5]) * np.clip(1 - normal[:, 2:3] * 1.6, 0, 1) * (1 - style.curl)
    thick = (
        style.length
        * ramp(inside, -0.004, 0.03)
        * (1 + style.top * np.clip(local[:, 2:3][:, 0] / 0.12, 0, 1.2))
    )
    layers = []
    for k in range(style.shells):
        reach = (k + 0.5) / style.shells
        moved = person.posed + way * (thick * reach)[:, None] + np.array([0, -0.001, 0.001])
        fields = np.stack([inside + 0.006 * (1 - reach), np.ones_like(inside), np.ones_like(inside)], 1)
        at = body.vertex
        rest = local.copy()
        layers.append(
            Layer(
                "hair",
                moved[at].astype(np.float32),
                normal[at],
                rest[at].astype(np.float32),
                np.full((len(at), 2), reach, np.float32),
                fields[at].astype(np.float32),
                faces,
            )
        )
    return layers


def _strands(style: Hair, frame: Frame, reach: float) -> np.ndarray:
    """Which pixels of a shell are hair: strands thin out towards the tips."""
    x, y, z = (frame.rest[..., k] for k in range(3))
    around, down = np.arctan2(x, -(y - 0.09)), np.arccos(np.clip((z - 0.04) / 0.13, -1, 1))
    straight = noise(around * 110 + 3 * down, down * 5, 3) + 0.5 * noise(around * 260, down * 9, 4)
    curly = noise(x * 210, z * 210 + y * 150, 5) + 0.8 * noise(x * 480, z * 480 + y * 330, 6)
    density = (1 - style.curl) * straight + style.curl * curly
    limit = -1.2 + 1.6 * reach ** (1.3 + 1.7 * style.curl)
    edge = ramp(frame.cuts[..., 0], 0, 0.012)
    return (density > limit + 1.1 * (1 - edge) - 0.4 * (edge > 0.99) * (reach < 0.4)) & (frame.depth < FAR)


def comb(style: Hair, person: Figure, camera: Camera, frame: Frame, box: tuple[slice, slice]) -> None:
    """Draw the hair into a frame that shows `box` of the picture, shell by shell."""
    layers = [part_of(shell) for shell in shells(style, person)]
    head = camera.box(layers)
    rows, columns = (slice(h.start - b.start, h.stop - b.start) for h, b in zip(head, box, strict=True))
    for number, shell in enumerate(layers):
        own = camera.draw([shell], head)
        nearer = _strands(style, own, (number + 0.5) / style.shells) & (
            own.depth < frame.depth[rows, columns]
        )
        for name in ("material", "normal", "rest", "texture", "cuts", "depth"):
            getattr(frame, name)[rows, columns][nearer] = getattr(own, name)[nearer]


def part_of(shell: Layer) -> Layer:
    """The shell with no corners but those that are drawn."""
    used, faces = np.unique(shell.faces, return_inverse=True)
    arrays = [a[used] for a in (shell.points, shell.normals, shell.rest, shell.texture, shell.cuts)]
    return Layer(shell.material, *arrays, faces.reshape(-1, 3).astype(np.int64))


def curtain(style: Hair, person: Figure) -> Layer | None:
    """Long hair that falls from the scalp beside and behind the face."""
    if not style.fall:
        return None
    posed_eyes = np.stack(
        [person.posed[np.unique(surface(f"helper-{side}-eye").vertex)].mean(0) for side in "lr"]
    )
    centre = posed_eyes.mean(0) + np.array([0, 0.085, 0])
    around, down = np.meshgrid(np.radians(np.linspace(52, 308, 200)), np.linspace(0, 1, 60))
    z = 0.085 - (0.085 + style.fall) * down
    wave = 0.005 * np.sin(9 * down * style.fall / 0.2 + 3 * np.sin(3 * around)) * down
    width = (
        np.interp(down, [0, 0.25, 0.5, 0.8, 1], [0.058, 0.084, 0.094, 0.102, 0.092])
        + style.length * 0.4
        + wave
    )
    depth = np.interp(down, [0, 0.3, 1], [0.085, 0.108, 0.105])
    ripple = 0.0035 * noise(around * 14, down * 2.2, 11)
    points = np.stack([np.sin(around) * (width + ripple), -np.cos(around) * (depth + ripple), z], -1) + centre
    grid = np.arange(points[..., 0].size).reshape(points.shape[:2])
    a, b, c, d = (g.ravel() for g in (grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]))
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([a, d, c], 1)]).astype(np.int64)
    flat = points.reshape(-1, 3).astype(np.float32)
    normal = vertex_normals(flat, faces)
    outward = flat - centre
    normal *= np.sign((normal * outward).sum(1, keepdims=True) + 1e-9)
    tips = (0.93 + 0.07 * noise(around * 60, down * 0, 12) - down) * 0.3
    rim = (
        np.minimum(np.degrees(around) - 52, 308 - np.degrees(around)) / 60
        + 0.02
        + 0.04 * noise(down * 9, around * 40, 13)
    )
    fields = np.stack([tips.ravel(), rim.ravel(), np.ones(grid.size)], 1)
    rest = np.stack([around.ravel(), np.zeros(grid.size), down.ravel()], 1)
    return Layer(
        "hair",
        flat,
        normal,
        rest.astype(np.float32),
        np.full((grid.size, 2), 2, np.float32),
        fields.astype(np.float32),
        faces,
    )
