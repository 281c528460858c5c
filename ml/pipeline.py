"""The whole way from a photo and a garment picture to the try-on. Knows no web framework and never writes to
disk.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Literal, Self

import cv2
import numpy as np

from ml.analysis import ClothAnalysis, Laid, PersonAnalysis, Placement, TryOnResult
from ml.chest import Chests
from ml.cloth import ClothSegmenter, is_blank
from ml.clothframe import ClothFrame
from ml.collar import collar_base, may_stand
from ml.compose import compose, expected_person, hole_for
from ml.edges import drawn_to_edges
from ml.errors import Refusal
from ml.faces import FaceDetector, FaceSource
from ml.feet import with_feet
from ml.fingers import without_hollows
from ml.folds import fold_light
from ml.garmentcheck import GarmentCheck, check_garment, is_worn
from ml.garmentnet import GarmentReader
from ml.generator import Painter
from ml.images import fit_within
from ml.laying import cloth_view, confidence_of, laid, person_view
from ml.leglight import leg_light
from ml.limbs import cut_out
from ml.lowerfit import parted, under_tops
from ml.painting import frame_of, painted_on, painter_input
from ml.parsing import Parser
from ml.photocheck import CATEGORIES, PhotoCheck, check_photo, check_quality, in_steps, require_category
from ml.pose import Pose, PoseEstimator, PoseSource
from ml.progress import PROGRESS, OnStage
from ml.reading import GarmentReading
from ml.refinement import refine_labels, with_shoulders, with_waist_ends, without_loose_hair, without_strays
from ml.scene import INDEX, Scene, arm_pixels
from ml.shading import form_light, roundness, under_hands
from ml.sides import even_sides
from ml.tps import TpsWarper
from ml.uncovered import person_beside, uncovered
from ml.warpnet import Warper
from ml.wearing import open_front, worn_labels
from ml.weights import FOLDER, WeightSource

MIN_CONFIDENCE = 0.25

WarperName = Literal["net", "tps"]


def _ignore(stage: str, progress: float) -> None:
    """The listener of those who do not listen."""


class TryOnPipeline:
    """Dresses people. Models load at their first use, once; calls from several threads take turns."""

    def __init__(
        self,
        device: str = "auto",
        warper: WarperName = "net",
        pose: PoseSource | None = None,
        weights: WeightSource = FOLDER,
    ) -> None:
        self._device, self._warper_name, self._pose, self._weights = device, warper, pose, weights
        self._turn = threading.RLock()

    @classmethod
    def load(
        cls,
        device: str = "auto",
        warper: WarperName = "net",
        pose: PoseSource | None = None,
        weights: WeightSource = FOLDER,
    ) -> Self:
        """A pipeline on `device` ("auto", "cpu", "cuda") with the trained warp ("net") or the baseline
        ("tps"). `pose` finds people; None: MediaPipe. `weights`: of the networks, by default the shipped.
        """
        return cls(device, warper, pose, weights)

    def warm(self) -> Self:
        """Load every model now, so that nobody's first picture waits for it. Raises MissingWeightsError and
        DamagedWeightsError.
        """
        with self._turn:
            _ = self._pose_estimator, self._parser, self._segmenter, self._reader
            _ = self._warper, self._painter, self._chests
        return self

    def with_warper(self, warper: Warper) -> Self:
        """The same pipeline, its other models shared, with another warp."""
        other = copy(self)
        vars(other)["_warper"] = warper
        return other

    @property
    def model_version(self) -> str:
        """Names the weights in use, for reports and for caches of results."""
        networks = self._parser, self._segmenter, self._warper, self._chests, self._painter
        return ", ".join(network.version for network in networks)

    def check_photo(self, image: np.ndarray) -> PhotoCheck:
        """The cheap gate (quality and pose) for RGB uint8 (H, W, 3). Raises Refusal."""
        photo = fit_within(image)
        quality = check_quality(photo)
        with self._turn:
            return check_photo(quality, self._pose_estimator.estimate(photo))

    def analyse_person(self, image: np.ndarray, on_stage: OnStage = _ignore) -> PersonAnalysis:
        """Pose and parse of the one person in RGB uint8 (H, W, 3). Raises Refusal."""
        timings: dict[str, float] = {}
        photo = fit_within(image)
        with self._turn:
            with _stage("pose", timings, on_stage):
                check = in_steps(self.check_photo(photo))
            with _stage("parse", timings, on_stage):
                parse = self._parser.parse(photo, check.pose)
                labels = without_strays(refine_labels(photo, parse), check.pose)
                labels = without_loose_hair(drawn_to_edges(photo, with_shoulders(photo, labels, check.pose)))
                labels = with_waist_ends(photo, cut_out(photo, labels, check.pose))
                labels = with_feet(photo, without_hollows(photo, labels, check.pose))
                parse = replace(parse, labels=labels)
        return PersonAnalysis(photo, photo is not image, check, parse, timings)

    def analyse_cloth(
        self,
        image: np.ndarray,
        category: str,
        on_stage: OnStage = _ignore,
        mask: np.ndarray | None = None,
    ) -> ClothAnalysis:
        """Mask and frame of the one garment in RGB uint8 (h, w, 3). Raises Refusal.

        mask: bool (h, w), drawn by hand, believed instead of the network's.
        """
        if category not in CATEGORIES:
            raise Refusal("category_unsupported")
        timings: dict[str, float] = {}
        picture = fit_within(image)
        if is_blank(picture):
            raise Refusal("cloth_not_found")
        with self._turn, _stage("cloth", timings, on_stage):
            mask, inside = self._segmenter.masks(picture) if mask is None else self._drawn(picture, mask)
            frame, front, collar = ClothFrame.of_cloth(mask), mask & ~inside, 0
            if category != "lower_body" and may_stand(front):
                collar = collar_base(mask, front, self._reader.read(picture, mask))
        return ClothAnalysis(picture, mask, inside, category, frame, timings, collar=collar)

    def _drawn(self, picture: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mask that was drawn, and the inside that the network sees in it."""
        mask = cv2.resize(np.uint8(drawn), picture.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
        if not mask.any():
            raise Refusal("cloth_not_found")
        try:
            return mask, self._segmenter.masks(picture)[1] & mask
        except Refusal:
            return mask, np.zeros_like(mask)

    def read_cloth(self, cloth: ClothAnalysis) -> GarmentReading:
        """Kind and corners of the garment."""
        with self._turn:
            return self._reader.read(cloth.image, cloth.mask)

    def check_cloth(self, cloth: ClothAnalysis) -> GarmentCheck:
        """Whether a merchant's picture is good enough to offer its garment. Raises Refusal."""
        with self._turn:
            reading = self._reader.read(cloth.image, cloth.mask)
            worn = is_worn(cloth.image, self._pose_estimator, self._faces)
        return check_garment(cloth.image, cloth.mask, cloth.category, worn, reading.categories)

    def guess_category(self, image: np.ndarray) -> dict[str, float]:
        """Probability of each of CATEGORIES for the garment in RGB uint8 (h, w, 3). Raises Refusal."""
        picture = fit_within(image)
        with self._turn:
            mask, _ = self._segmenter.masks(picture)
            return self._reader.read(picture, mask).categories

    def features(self, image: np.ndarray, pose: Pose) -> np.ndarray:
        """What the parser sees, on the whole, of the person with `pose`: see `Parser.features`."""
        with self._turn:
            return self._parser.features(image, pose)

    def dress(
        self,
        person: PersonAnalysis,
        cloth: ClothAnalysis,
        on_stage: OnStage | None = None,
        *,
        keep_placement: bool = False,
    ) -> TryOnResult:
        """The person in the garment. Raises Refusal person_cropped or low_confidence."""
        on_stage = on_stage or _ignore
        timings = person.timings | cloth.timings
        with self._turn:
            with _stage("warp", timings, on_stage):
                laid = self.lay(person, cloth)
            with _stage("compose", timings, on_stage):
                result = self._composed(person.scene, cloth, laid)
        on_stage("compose", 1.0)
        return replace(result, timings=timings, placement=result.placement if keep_placement else None)

    def lay(self, person: PersonAnalysis, cloth: ClothAnalysis) -> Laid:
        """Move the garment to its place in the photo. Raises Refusal person_cropped or low_confidence."""
        require_category(cloth.category, person.check.categories)
        with self._turn:
            warp = self._warper.warp(person_view(person, cloth.category), cloth_view(cloth))
        confidence = confidence_of(person, warp)
        if confidence < MIN_CONFIDENCE:
            raise Refusal("low_confidence")
        return laid(person, cloth, warp, confidence)

    def _composed(self, worn: Scene, cloth: ClothAnalysis, laid: Laid) -> TryOnResult:
        """Put a garment and the photo it is laid on together; `worn`: what the photo shows."""
        scene, layer, layout, category = worn, laid.layer, laid.layout, cloth.category
        if cloth.outer:
            scene, layout = open_front(scene, layer.alpha, layout)
            layer = replace(layer, person=expected_person(scene, category, layout))
        elif category == "lower_body":
            scene, layout = parted(scene, laid.waist, layer.alpha, layout)
            layer = replace(layer, person=expected_person(scene, category, layout))
        layer, mask = hole_for(scene, category, layer)
        frame = frame_of(scene.pose, category, mask)
        painted = self._painter.paint(painter_input(scene.photo, scene.pose, mask, layer, frame))
        guess = uncovered(scene, category, layout, self._chests)
        own = np.ones(mask.shape, bool) if category == "lower_body" else layer.own
        painted = painted_on(scene.photo, scene.pose, mask, painted, frame, guess, layer.alpha, own)
        painted = replace(painted, alpha=even_sides(scene, category, painted.alpha))
        if category == "lower_body":
            painted = under_tops(scene, painted)
        labels = worn_labels(worn, scene, category, painted.alpha, layout, outer=cloth.outer)
        person, arms = labels != INDEX["background"], arm_pixels(scene, category)
        form = form_light(scene.pose, person, painted.alpha, arms)
        folds, believed = fold_light(scene, category)
        if category != "upper_body":
            # No shadow falls on the wall that a layout takes for the garment's rim; half a dress that stays
            # below a top lies in one, and so does what is above it.
            layer = replace(layer, person=person_beside(scene, category, layout))
        form **= roundness(believed, sheer=layer.opacity is not None)
        if laid.legs is not None:
            form *= leg_light(scene.pose, laid.legs, layer.colour, painted.alpha)
        hands = scene.regions["left_hand"], scene.regions["right_hand"]
        painted = replace(painted, light=under_hands(painted.light * folds * form, hands))
        return TryOnResult(
            compose(scene, category, layer, mask, painted),
            mask,
            labels,
            laid.confidence,
            placement=Placement(laid.flow, painted.alpha),
        )

    @cached_property
    def _pose_estimator(self) -> PoseSource:
        return self._pose or PoseEstimator()

    @cached_property
    def _faces(self) -> FaceSource:
        return FaceDetector()

    @cached_property
    def _segmenter(self) -> ClothSegmenter:
        return ClothSegmenter.load(self._device, self._weights)

    @cached_property
    def _reader(self) -> GarmentReader:
        return GarmentReader.load(self._device, self._weights)

    @cached_property
    def _parser(self) -> Parser:
        return Parser.load(self._device, self._weights)

    @cached_property
    def _painter(self) -> Painter:
        return Painter.load(self._device, self._weights)

    @cached_property
    def _chests(self) -> Chests:
        return Chests.load(self._weights)

    @cached_property
    def _warper(self) -> Warper | TpsWarper:
        return TpsWarper() if self._warper_name == "tps" else Warper.load(self._device, self._weights)


@contextmanager
def _stage(name: str, timings: dict[str, float], on_stage: OnStage) -> Iterator[None]:
    """Announce a stage and time it."""
    on_stage(name, PROGRESS[name])
    begin = time.perf_counter()
    yield
    timings[name] = time.perf_counter() - begin
