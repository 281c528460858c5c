"""A pipeline that dresses people by painting, for tests of everything around it."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from ml.errors import Refusal

OnStage = Callable[[str, float], None]


@dataclass
class StubPipeline:
    """Says yes to every picture and paints the middle of the photo in the garment's mean colour.

    `refusal` is raised by `check_photo` and `analyse_cloth`, `cloth_refusal` by `check_cloth`, which
    otherwise gives `warnings`; `on_warp` runs in the middle of the work.
    """

    refusal: Refusal | None = None
    cloth_refusal: Refusal | None = None
    warnings: tuple[str, ...] = ()
    on_warp: Callable[[], None] = lambda: None
    paint: bool = True
    model_version: str = "stub 1"

    def check_photo(self, image: np.ndarray) -> SimpleNamespace:
        if self.refusal:
            raise self.refusal
        return SimpleNamespace(brightness=0.5, sharpness=0.5, categories=("upper_body",))

    def analyse_person(self, image: np.ndarray, on_stage: OnStage) -> SimpleNamespace:
        on_stage("pose", 0.0)
        on_stage("parse", 0.15)
        return SimpleNamespace(photo=image)

    def analyse_cloth(self, image: np.ndarray, category: str) -> SimpleNamespace:
        if self.refusal:
            raise self.refusal
        return SimpleNamespace(image=image, mask=image.min(axis=2) < 250, category=category)

    def check_cloth(self, cloth: SimpleNamespace) -> SimpleNamespace:
        if self.cloth_refusal:
            raise self.cloth_refusal
        return SimpleNamespace(warnings=self.warnings)

    def dress(self, person: SimpleNamespace, cloth: SimpleNamespace, on_stage: OnStage) -> SimpleNamespace:
        on_stage("warp", 0.55)
        self.on_warp()
        on_stage("compose", 0.7)
        image = person.photo.copy()
        mask = np.zeros(image.shape[:2], bool)
        if self.paint:
            mask[image.shape[0] // 4 : image.shape[0] // 2] = True
            image[mask] = 255 - cloth.image.mean(axis=(0, 1)).astype(np.uint8)
        return SimpleNamespace(
            image=image, mask=mask, confidence=0.9, timings={"pose": 0.1, "parse": 0.2, "warp": 0.3}
        )
