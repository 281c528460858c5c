"""A pipeline that dresses people by painting, for tests of everything around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from ml.analysis import ClothAnalysis, PersonAnalysis, TryOnResult
from ml.clothframe import ClothFrame
from ml.crops import PersonFrame
from ml.errors import Refusal
from ml.labels import LABELS, PARSER_SIZE, ParseResult
from ml.landmarks import LANDMARKS
from ml.photocheck import PhotoCheck
from ml.pose import Pose
from ml.progress import OnStage
from ml.reading import GarmentReading
from tryon.models import TryOnJob
from workers.engines import Engine


@dataclass
class StubPipeline:
    """Says yes to every picture and paints the middle of the photo in the garment's mean colour.

    `refusal` is raised by `check_photo` and `analyse_cloth`, `cloth_refusal` by `check_cloth`, which
    otherwise gives `warnings`; `on_warp` runs in the middle of the work. `people` and `cloths` count the
    analyses.
    """

    refusal: Refusal | None = None
    cloth_refusal: Refusal | None = None
    warnings: tuple[str, ...] = ()
    guess: dict[str, float] = field(default_factory=lambda: {"upper_body": 1.0})
    on_warp: Callable[[], None] = lambda: None
    paint: bool = True
    model_version: str = "stub 1"
    people: int = 0
    cloths: int = 0

    def warm(self) -> "StubPipeline":
        return self

    def check_photo(self, image: np.ndarray) -> SimpleNamespace:
        if self.refusal:
            raise self.refusal
        return SimpleNamespace(brightness=0.5, sharpness=0.5, categories=("upper_body",))

    def analyse_person(self, image: np.ndarray, on_stage: OnStage = lambda *_: None) -> PersonAnalysis:
        """The person fills the photo and wears a top."""
        on_stage("pose", 0.0)
        on_stage("parse", 0.15)
        self.people += 1
        size = image.shape[:2]
        pose = Pose(np.ones((33, 2), np.float32), np.ones(33, np.float32), np.ones(size, np.float32))
        probabilities = np.full((len(LABELS), *PARSER_SIZE), 1 / len(LABELS), np.float32)
        labels = np.full(size, LABELS.index("upper"), np.uint8)
        frame = PersonFrame(np.eye(2, 3))
        parse = ParseResult(labels, probabilities, frame, np.ones(PARSER_SIZE, np.float32))
        check = PhotoCheck(pose, 0.5, 0.5, ("upper_body",))
        return PersonAnalysis(image, False, check, parse, {"pose": 0.1, "parse": 0.2})

    def analyse_cloth(
        self, image: np.ndarray, category: str, mask: np.ndarray | None = None
    ) -> ClothAnalysis:
        if self.refusal:
            raise self.refusal
        self.cloths += 1
        mask = image.min(axis=2) < 250 if mask is None else mask
        frame = ClothFrame.of_cloth(mask)
        return ClothAnalysis(image, mask, np.zeros_like(mask), category, frame, {"cloth": 0.1})

    def check_cloth(self, cloth: ClothAnalysis) -> SimpleNamespace:
        if self.cloth_refusal:
            raise self.cloth_refusal
        return SimpleNamespace(warnings=self.warnings)

    def read_cloth(self, cloth: ClothAnalysis) -> GarmentReading:
        """Every corner is at 1.26, 2 and half seen."""
        points = np.tile(np.float32([[1.26, 2]]), (len(LANDMARKS), 1))
        return GarmentReading(np.ones(8, np.float32) / 8, points, np.full(len(LANDMARKS), 0.5, np.float32))

    def guess_category(self, image: np.ndarray) -> dict[str, float]:
        return self.guess

    def dress(
        self, person: PersonAnalysis, cloth: ClothAnalysis, on_stage: OnStage = lambda *_: None
    ) -> TryOnResult:
        on_stage("warp", 0.55)
        self.on_warp()
        on_stage("compose", 0.7)
        image = person.photo.copy()
        mask = np.zeros(image.shape[:2], bool)
        if self.paint:
            mask[image.shape[0] // 4 : image.shape[0] // 2] = True
            image[mask] = 255 - cloth.image.mean(axis=(0, 1)).astype(np.uint8)
        return TryOnResult(image, mask, person.parse.labels, 0.9, person.timings | {"warp": 0.3})


def engine_of(stub: StubPipeline) -> Callable[[TryOnJob | None], Engine]:
    """In the place of `workers.engines.engine`."""
    version = stub.model_version
    return lambda job=None: Engine(stub, version, person_networks=version, cloth_networks=version)  # type: ignore[arg-type]
