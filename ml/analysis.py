"""What is known about a photo and about a garment's picture, and what comes of putting them together."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ml.backhem import below_hem, front_ends, front_hem, with_hem
from ml.beltloops import without_loops
from ml.clothframe import ClothFrame
from ml.crops import PersonFrame
from ml.flatgarment import FlatGarment
from ml.garmentparts import SHORT, Sleeve, Trunk
from ml.inseam import Legs
from ml.labels import ParseResult
from ml.layer import GarmentLayer
from ml.photocheck import PhotoCheck
from ml.scene import Scene
from ml.waist import Waist
from ml.yoke import Neckline


@dataclass(frozen=True)
class PersonAnalysis:
    """All that is known about one photo; may be kept and dressed many times.

    photo: RGB uint8 (H, W, 3), at most 1536 x 2048; reduced: whether it was larger. Pose and parse are at its
    size.
    """

    photo: np.ndarray
    reduced: bool
    check: PhotoCheck
    parse: ParseResult
    timings: dict[str, float]

    @cached_property
    def scene(self) -> Scene:
        """The photo as composition sees it: without belt loops that stand off."""
        return without_loops(Scene(self.photo, self.parse.labels, self.check.pose))

    def frame_for(self, category: str) -> PersonFrame:
        """The way between the photo and the frame in which the warp sees garments of `category`."""
        pose = self.check.pose
        return PersonFrame.for_garment(*pose.joints(), pose.segmentation, category)


@dataclass(frozen=True)
class ClothAnalysis:
    """A garment picture, RGB uint8 (h, w, 3), its mask, bool (h, w), the part of the mask that shows the
    inside of the garment's back, likewise, and the frame around the garment.

    outer: it is worn over a top, as a jacket is, and takes no other garment's place. collar: the row above
    which it is a collar that stands before the neck, 0 without one.
    """

    image: np.ndarray
    mask: np.ndarray
    inside: np.ndarray
    category: str
    frame: ClothFrame
    timings: dict[str, float]
    outer: bool = False
    collar: int = 0

    @cached_property
    def flat(self) -> FlatGarment:
        """The garment as composition sees it."""
        if self.category == "lower_body":
            whole = np.ones_like(self.mask)
            return FlatGarment.cut(self.image, self.mask, self.inside, lower=True, hems=whole)
        trunk, opened, back = self.trunk, self.inside | self.neckline.hole, None
        if self.category == "upper_body":
            back = below_hem(self.mask, trunk, self.front_hem)
            opened |= back
        webs = trunk.webs(self.mask)
        if self.category == "dresses":
            return FlatGarment.cut(self.image, self.mask, opened, webs=webs, hems=~trunk.sleeves)
        return FlatGarment.cut(self.image, self.mask, opened, webs=webs, back=back, sleeved=trunk)

    @cached_property
    def front_hem(self) -> np.ndarray | None:
        """Rows, float32 (w,), in which the front of a top ends, if something is seen below it."""
        top = self.category == "upper_body"
        return front_hem(self.image, self.mask, self._outlined) if top else None

    @property
    def wide_sleeves(self) -> bool:
        """Whether it is a top with long sleeves that swing freely at their ends."""
        reach = self.trunk.reach
        return self.category == "upper_body" and SHORT < reach < np.inf and not any(self.sleeves)

    @cached_property
    def front_ends(self) -> tuple[float, float] | None:
        """Rows in which the fronts of wide sleeves of such a top end, of those on the left and the right."""
        if self.front_hem is None or not self.wide_sleeves:
            return None
        return front_ends(self.image, self.mask, self.trunk)

    @cached_property
    def trunk(self) -> Trunk:
        """Where in the picture the trunk of the garment is."""
        hem = self.front_hem
        return self._outlined if hem is None else with_hem(self._outlined, hem)

    @cached_property
    def _outlined(self) -> Trunk:
        """The trunk by its outline alone."""
        return Trunk.of(self.mask)

    @cached_property
    def sleeves(self) -> tuple[Sleeve | None, Sleeve | None]:
        """Its sleeves on the left and the right of the picture, but for those that are wide at their ends."""
        return Sleeve.of(self.mask, self.trunk, 0), Sleeve.of(self.mask, self.trunk, 1)

    @cached_property
    def neckline(self) -> Neckline:
        """Where in the picture the neckline of its front is."""
        return Neckline.of(self.mask, self.inside)


@dataclass(frozen=True)
class Placement:
    """Where a garment was laid: flow, float32 (H, W, 2), pixel of its picture for each pixel of the photo;
    alpha, float32 (H, W) in 0..1, how much of it is seen there."""

    flow: np.ndarray
    alpha: np.ndarray


@dataclass(frozen=True)
class Laid:
    """A garment at its place in a photo of H x W pixels, before it is put together with it.

    flow: as of Placement; layout: float32 (H, W, 4), probabilities in the order of LAYOUT; confidence: how
    far all this can be trusted, 0..1; waist: of what a lower garment replaces; legs: of
    trousers.
    """

    layer: GarmentLayer
    flow: np.ndarray
    layout: np.ndarray
    confidence: float
    waist: Waist | None = None
    legs: Legs | None = None


@dataclass(frozen=True)
class TryOnResult:
    """image: RGB uint8 (H, W, 3); mask: bool (H, W), pixels that were allowed to change; labels: uint8
    (H, W), what the image shows, as in a parse; confidence in 0..1; timings: seconds by stage, those of the
    analyses included; placement: only when it was asked for.
    """

    image: np.ndarray
    mask: np.ndarray
    labels: np.ndarray
    confidence: float
    timings: dict[str, float] = field(default_factory=dict)
    placement: Placement | None = None
