"""The whole way from a photo and a garment picture to the try-on. Knows no web framework and never writes to
disk.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Literal, Self

import cv2
import numpy as np

from ml.analysis import ClothAnalysis, Laid, PersonAnalysis, Placement, TryOnResult
from ml.chest import Chests
from ml.cloth import ClothSegmenter
from ml.clothframe import ClothFrame
from ml.collar import collar_base, may_stand
from ml.compose import (
    INDEX,
    Scene,
    arm_pixels,
    compose,
    expected_person,
    garment_share,
    hole_for,
    old_garment,
    with_arms_as_seen,
    without_rags,
)
from ml.covering import covering_body
from ml.cuffs import with_cuffs
from ml.edges import drawn_to_edges
from ml.errors import Refusal
from ml.faces import FaceDetector, FaceSource
from ml.features import ClothView, PersonView
from ml.folds import fold_light
from ml.garmentcheck import GarmentCheck, check_garment, is_worn
from ml.garmentnet import GarmentReader, GarmentReading
from ml.generator import Painter
from ml.hem import with_even_hem
from ml.images import fit_within
from ml.layer import extend_flow, garment_layer, smooth_flow, upsample_flow
from ml.layout import BACKGROUND, GARMENT, LAYOUT
from ml.limbs import cut_out
from ml.lowerfit import at_waist, legs_apart, over_legs, tucked, under_tops, with_whole_edge
from ml.painting import frame_of, painted_on, painter_input
from ml.parsing import Parser
from ml.photocheck import CATEGORIES, PhotoCheck, check_photo, check_quality, require_category
from ml.pose import PoseEstimator, PoseSource
from ml.refinement import refine_labels, with_shoulders, without_strays
from ml.regions import below_hips, leg_shape
from ml.shading import form_light
from ml.sides import even_sides
from ml.sleeves import without_trunk
from ml.tps import TpsWarper
from ml.uncovered import uncovered
from ml.waist import old_waist
from ml.warpnet import Warp, Warper
from ml.wearing import open_front, worn_labels
from ml.weights import FOLDER, WeightSource

STAGES = ("pose", "parse", "cloth", "warp", "compose")
PROGRESS = dict(zip(STAGES, (0.0, 0.15, 0.45, 0.55, 0.7), strict=True))
"""Share of the work done when a stage begins."""
ARMS, LEGS = ("left_arm", "right_arm", "torso"), ("left_leg", "right_leg")
MAY_BE_COVERED = {"upper_body": ARMS, "lower_body": LEGS, "dresses": ARMS + LEGS}
LEAST_CONTRAST = 10
"""Range of grey levels below which a garment's picture is blank."""
MIN_CONFIDENCE = 0.25
SURE = 0.9
"""Probability in a layout from which a garment's flow is believed. Near hems a warp that wavers between two
lengths gives a mean of both, which is neither; what is sure is continued instead."""
RIM = 3
"""Network pixels along the edges of a lower garment whose flow is not believed, either."""
LOOSE = 1.2
"""How much wider than bare legs clothing on them may look to the warp."""
LAYOUT_SIGMA = 3.0
"""Network pixels over which a layout is averaged: straight edges stay where they are, frayed ones settle."""

OnStage = Callable[[str, float], None]
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
        check_quality(photo)
        with self._turn:
            return check_photo(photo, self._pose_estimator.estimate(photo))

    def analyse_person(self, image: np.ndarray, on_stage: OnStage = _ignore) -> PersonAnalysis:
        """Pose and parse of the one person in RGB uint8 (H, W, 3). Raises Refusal."""
        timings: dict[str, float] = {}
        photo = fit_within(image)
        with self._turn:
            with _stage("pose", timings, on_stage):
                check = _in_steps(self.check_photo(photo))
            with _stage("parse", timings, on_stage):
                parse = self._parser.parse(photo, check.pose)
                labels = without_strays(refine_labels(photo, parse), check.pose)
                labels = drawn_to_edges(photo, with_shoulders(labels, check.pose))
                parse = replace(parse, labels=cut_out(photo, labels, check.pose))
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
        if _is_blank(picture):
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
        confidence = _confidence(person, warp)
        if confidence < MIN_CONFIDENCE:
            raise Refusal("low_confidence")
        return _laid(person, cloth, warp, confidence)

    def _composed(self, worn: Scene, cloth: ClothAnalysis, laid: Laid) -> TryOnResult:
        """Put a garment and the photo it is laid on together; `worn`: what the photo shows."""
        scene, layer, layout, category = worn, laid.layer, laid.layout, cloth.category
        if cloth.outer:
            scene, layout = open_front(scene, layer.alpha, layout)
            layer = replace(layer, person=expected_person(scene, category, layout))
        elif category == "lower_body":
            scene = tucked(scene, laid.waist, layer.alpha)
        layer, mask = hole_for(scene, category, layer)
        frame = frame_of(scene.pose, category, mask)
        painted = self._painter.paint(painter_input(scene.photo, scene.pose, mask, layer, frame))
        guess = uncovered(scene, category, layout, self._chests)
        own = np.ones(mask.shape, bool) if category == "lower_body" else layer.collar
        painted = painted_on(scene.photo, scene.pose, mask, painted, frame, guess, layer.alpha, own)
        painted = replace(painted, alpha=even_sides(scene, category, painted.alpha))
        if category == "lower_body":
            painted = replace(painted, alpha=under_tops(worn, painted.alpha))
        labels = worn_labels(worn, scene, category, painted.alpha, layout, outer=cloth.outer)
        person, arms = labels != INDEX["background"], arm_pixels(scene, category)
        form = form_light(scene.pose, person, painted.alpha, arms)
        folds, believed = fold_light(scene, category)
        painted = replace(painted, light=painted.light * folds * form ** (1 - believed / 2))
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


def person_view(person: PersonAnalysis, category: str) -> PersonView:
    """What the warp sees of a person, in the 256x192 frame: joints, silhouette, hair and part of the skin.

    Arms and legs that the new garment may cover are left out, bare or not: how long the old sleeves were must
    say nothing about the new ones. Nor must a wide skirt say anything about new trousers: of old clothing on
    the legs the silhouette keeps only what may be legs.
    """
    joints, visibility = person.check.pose.joints()
    frame = person.frame_for(category)
    shown = [mask for name, mask in person.scene.regions.items() if name not in MAY_BE_COVERED[category]]
    skin, hair = (
        frame.to_network(mask.astype(np.float32), fill=0)
        for mask in (np.any(shown, axis=0), person.scene.of("hair"))
    )
    pose, scene = person.check.pose, person.scene
    wide = old_garment(scene, category) & below_hips(pose) & ~leg_shape(pose, LOOSE)
    if category == "upper_body":
        wide[:] = False
    silhouette = frame.to_network(np.where(wide, 0, pose.segmentation), fill=0)
    return PersonView(frame.points_to_network(joints), visibility, silhouette, skin, hair)


def cloth_view(cloth: ClothAnalysis) -> ClothView:
    """What the warp sees of a garment, in its own 256x192 frame."""
    image = cloth.frame.to_network(cloth.image, fill=255)
    return ClothView(
        image, cloth.frame.to_network(cloth.mask.astype(np.float32), fill=0) > 0.5, cloth.category
    )


def _is_blank(picture: np.ndarray) -> bool:
    """Whether a picture is of one colour, apart from noise, and so shows nothing."""
    low, high = np.percentile(picture[::4, ::4].reshape(-1, 3), (0.5, 99.5), axis=0)
    return bool((high - low).max() < LEAST_CONTRAST)


def _in_steps(check: PhotoCheck) -> PhotoCheck:
    """`check` with its silhouette in steps of 1/255, as it is kept: pictures do not depend on that."""
    steps = np.uint8((check.pose.segmentation.clip(0, 1) * 255).round())
    return replace(check, pose=replace(check.pose, segmentation=steps.astype(np.float32) / 255))


@contextmanager
def _stage(name: str, timings: dict[str, float], on_stage: OnStage) -> Iterator[None]:
    """Announce a stage and time it."""
    on_stage(name, PROGRESS[name])
    begin = time.perf_counter()
    yield
    timings[name] = time.perf_counter() - begin


def _laid(person: PersonAnalysis, cloth: ClothAnalysis, warp: Warp, confidence: float) -> Laid:
    """Bring the warp from the networks' frame to the photo."""
    size, frame = person.photo.shape[:2], person.frame_for(cloth.category)
    sure = _sure(warp.layout[GARMENT])
    if cloth.category == "lower_body":
        sure = _well_inside(sure)
    flow = smooth_flow(extend_flow(warp.flow, sure))
    flow = cloth.frame.flow_to_photo(upsample_flow(flow, frame, size))
    layout = frame.continued(np.moveaxis(warp.layout, 0, -1), size)
    steady = cv2.GaussianBlur(layout, (0, 0), LAYOUT_SIGMA)
    layout = frame.to_photo(steady, size)
    layout[..., BACKGROUND] += 1 - layout @ np.ones(len(LAYOUT), np.float32)
    gap, waist = cloth.flat.gap, None
    if gap is not None:
        waist = old_waist(person.scene)
        flow, layout = at_waist(person.scene, waist, cloth.flat.outline, flow, layout)
        layout = legs_apart(person.check.pose, cloth.flat, flow, layout)
    layout = with_arms_as_seen(person.scene, cloth.category, layout)
    aside = np.zeros(size, bool)
    if cloth.category == "upper_body":
        arms = arm_pixels(person.scene, cloth.category)
        if cloth.trunk.short_sleeved:
            layout = without_trunk(person.check.pose, arms, layout, cloth.trunk.holds(flow))
        flow = with_even_hem(person.scene, cloth.category, flow, cloth.trunk)
        flow, aside = with_cuffs(person.scene, cloth.category, flow, layout, cloth.mask, cloth.trunk)
    seen = person.scene, cloth.category, layout
    share, sure = garment_share(*seen)
    collar = flow[..., 1] < cloth.collar if cloth.collar else None
    if collar is not None:
        share[collar] = 1
    share[aside] = 0
    layer = garment_layer(cloth.flat, flow, share, sure & ~aside, expected_person(*seen))
    layer = replace(layer, collar=collar)
    if gap is not None:
        layer = with_whole_edge(person.scene, waist, layer)
        if gap.any():
            nearby = cv2.remap(cloth.flat.nearby, flow[..., 0], flow[..., 1], cv2.INTER_NEAREST) > 0
            layer = over_legs(person.scene, layer, nearby)
    layer = without_rags(person.scene, cloth.category, layer, flow, layout, cloth.trunk)
    return Laid(covering_body(person.scene, cloth.category, layer), flow, layout, confidence, waist)


def _sure(garment: np.ndarray) -> np.ndarray:
    """Where a garment is seen without doubt, bool, from its probabilities; the likeliest place at least."""
    return garment > min(SURE, 0.95 * float(garment.max()))


def _well_inside(sure: np.ndarray) -> np.ndarray:
    """The bool `sure` (h, w) without its rim, unless nothing else is left: long edges of legs are straight,
    and a warp wavers along them.
    """
    inner = cv2.erode(np.uint8(sure), np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)) > 0
    return inner if inner.any() else sure


def _confidence(person: PersonAnalysis, warp: Warp) -> float:
    """How far the result can be trusted, 0..1: joints seen, parser certain, garment not folded over
    itself.
    """
    _, visibility = person.check.pose.joints()
    seen = float(visibility[:9].mean())  # head to hips: legs may well be outside
    body = person.parse.probabilities[0] < 0.5
    certain = 1 - float(person.parse.entropy[body].mean()) if body.any() else 0.0
    return seen * certain * (1 - fold_share(warp))


def fold_share(warp: Warp) -> float:
    """Share of the garment whose flow turns the texture over (negative Jacobian); 1 when no garment is
    seen.
    """
    seen = warp.layout[GARMENT] > 0.5
    inner = cv2.erode(seen.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    if not inner.any():
        return 1.0
    (du_dy, du_dx), (dv_dy, dv_dx) = (np.gradient(warp.flow[..., channel]) for channel in range(2))
    return float((du_dx * dv_dy - du_dy * dv_dx < 0)[inner].mean())
