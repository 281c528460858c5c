"""The warp network, its losses and its score. Networks are small and untrained."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.evaluation_warp import evaluate, jacobian, score, summary
from ml.features import FEATURE_COUNT, FEATURE_SIZE, ClothView, PersonView
from ml.layout import GARMENT
from ml.training.settings import RunSettings
from ml.training.warp import FIRST_SEED, VERSION, flow_loss, layout_loss, shrunk, train
from ml.training.warp_samples import WarpSample
from ml.warpnet import LAYOUT, Warp, Warper, WarpNet, Widths, matched, place_grid
from ml.weights import FOLDER, MissingWeightsError

SMALL = Widths(fine=8, middle=8, coarse=16, matched=8, decoder=8, layers=1, heads=2)

PLANE = np.zeros((256, 192), np.float32)
PLANE[60:200, 50:120] = 1
JOINTS = np.random.default_rng(0).integers(40, 150, (13, 2)).astype(np.float32)
PERSON = PersonView(JOINTS, np.linspace(0.5, 1, 13, dtype=np.float32), PLANE, PLANE * 0.5, PLANE * 0)
CLOTH = ClothView(np.full((256, 192, 3), 90, np.uint8), PLANE > 0, "dresses")


@pytest.fixture
def network() -> WarpNet:
    torch.manual_seed(0)
    return WarpNet(SMALL)


def grid() -> np.ndarray:
    """The flow that takes every pixel to itself, normalised."""
    x, y = np.meshgrid((np.arange(192) + 0.5) / 192, (np.arange(256) + 0.5) / 256)
    return np.stack([x, y], axis=-1).astype(np.float32)


def truth() -> WarpSample:
    layout = np.zeros((256, 192), np.uint8)
    layout[50:200, 40:150] = 1
    flow = np.where((layout == 1)[..., None], grid(), 0).astype(np.float32)
    return WarpSample(PERSON, CLOTH, flow, layout, np.ones_like(layout) > 0)


def answer(flow: np.ndarray, layout: np.ndarray) -> Warp:
    return Warp(flow, np.eye(len(LAYOUT), dtype=np.float32)[layout].transpose(2, 0, 1))


def test_shapes(network: WarpNet) -> None:
    flow, layout, matching = network(torch.zeros(2, FEATURE_COUNT, *FEATURE_SIZE))
    assert flow.shape == (2, 2, 128, 96)
    assert layout.shape == (2, len(LAYOUT), 128, 96)
    assert matching.shape == (2, 2, 32, 24)


def test_like_places_match() -> None:
    codes = 100 * torch.eye(12).reshape(1, 12, 4, 3)
    places, values = matched(codes, codes, codes, torch.ones(1, 4, 3, dtype=torch.bool))
    assert torch.allclose(places, place_grid(4, 3)[None])
    assert torch.allclose(values, codes)


def test_places_without_cloth_never_match() -> None:
    codes = 100 * torch.eye(12).reshape(1, 12, 4, 3)
    allowed = torch.zeros(1, 4, 3, dtype=torch.bool)
    allowed[0, 2, 1] = True
    places, _ = matched(codes, codes, codes, allowed)
    assert torch.allclose(places, place_grid(4, 3)[None, :, 2:3, 1:2].expand(1, 2, 4, 3))


def test_a_smaller_flow_is_the_mean_of_worn_pixels() -> None:
    flow, worn = torch.zeros(1, 2, 4, 4), torch.zeros(1, 4, 4, dtype=torch.bool)
    flow[:, :, :2, 2:], worn[:, :2, 2:] = 0.5, True
    worn[0, 3, 3] = True
    small, counted = shrunk(flow, worn, 2)
    assert counted.tolist() == [[[False, True], [False, False]]]
    assert small[0, :, 0, 1].tolist() == [0.5, 0.5]


def test_the_shipped_size_keeps_within_its_budget() -> None:
    assert sum(p.numel() for p in WarpNet().parameters()) * 2 < 22e6


def test_warper_returns_numpy_and_probabilities(network: WarpNet) -> None:
    warp = Warper(network, torch.device("cpu")).warp(PERSON, CLOTH)
    assert (warp.flow.shape, warp.flow.dtype) == ((256, 192, 2), np.float32)
    assert (warp.layout.shape, warp.layout.dtype) == ((4, 256, 192), np.float32)
    assert warp.layout.sum(0) == pytest.approx(1, abs=1e-5)


def test_a_mirrored_person_gets_a_mirrored_warp(network: WarpNet) -> None:
    warper = Warper(network, torch.device("cpu"))
    straight = warper.warp(PERSON, CLOTH)
    mirrored = warper.warp(PERSON.mirrored(), CLOTH.mirrored())
    assert mirrored.layout[:, :, ::-1] == pytest.approx(straight.layout, abs=1e-4)
    assert mirrored.flow[:, ::-1] * (-1, 1) + (1, 0) == pytest.approx(straight.flow, abs=1e-4)


class StubNetwork(torch.nn.Module):
    """Every pixel comes from the place (`x`, 0.3); garment is seen where `logit` is above 0."""

    def __init__(self, x: float, logit: float = 9.0) -> None:
        super().__init__()
        self.place, self.logit = torch.tensor([x, 0.3]), logit

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        layout = torch.zeros(len(features), len(LAYOUT), 128, 96)
        layout[:, GARMENT] = self.logit
        return self.place[:, None, None].expand(len(features), 2, 128, 96), layout, None


def test_two_looks_disagree_by_the_pixels_between_their_places() -> None:
    for x, pixels in ((0.5, 0.0), (0.6, 0.2 * 192), (0.45, 0.1 * 192)):
        warp = Warper(StubNetwork(x), torch.device("cpu")).warp(PERSON, CLOTH)  # type: ignore[arg-type]
        assert warp.disagreement == pytest.approx(pixels, abs=1e-3)
    unseen = Warper(StubNetwork(0.5, -9.0), torch.device("cpu")).warp(PERSON, CLOTH)  # type: ignore[arg-type]
    assert unseen.disagreement == np.inf


def test_a_mirror_of_a_mirror_is_the_person() -> None:
    twice = PERSON.mirrored().mirrored()
    assert np.array_equal(twice.joints, PERSON.joints)
    assert np.array_equal(twice.visibility, PERSON.visibility)
    assert np.array_equal(CLOTH.mirrored().mask, CLOTH.mask[:, ::-1])


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError):
        Warper.load(weights=tmp_path)


@pytest.mark.skipif(not (FOLDER / "warp.safetensors").is_file(), reason="the weights are not trained yet")
def test_the_shipped_weights_load() -> None:
    assert Warper.load("cpu").version == VERSION


def test_a_perfect_flow_costs_next_to_nothing() -> None:
    flow = torch.rand(1, 2, 8, 8)
    worn = torch.ones(1, 8, 8, dtype=torch.bool)
    place, differences = flow_loss(flow, flow, worn)
    assert place.item() == pytest.approx(1e-4, rel=1e-3)
    assert differences.item() < 1e-4 * 1.01


def test_a_shift_costs_place_but_no_difference() -> None:
    truth_flow = torch.rand(1, 2, 8, 8)
    worn = torch.zeros(1, 8, 8, dtype=torch.bool)
    worn[:, 2:6, 2:6] = True
    shift = torch.tensor([0.0, 0.1])[:, None, None]
    place, differences = flow_loss(truth_flow + shift, truth_flow, worn)
    assert place.item() == pytest.approx(0.1, rel=1e-3)
    assert differences.item() < 2e-4


def test_a_small_garment_counts_as_much_as_a_large_one() -> None:
    truth_flow = torch.rand(2, 2, 8, 8)
    worn = torch.zeros(2, 8, 8, dtype=torch.bool)
    worn[0], worn[1, :2, :2] = True, True
    shift = torch.tensor([0.1, 0.3])[:, None, None, None] * torch.tensor([0.0, 1.0])[:, None, None]
    place, _ = flow_loss(truth_flow + shift, truth_flow, worn)
    assert place.item() == pytest.approx(0.2, rel=1e-3)


def test_pixels_outside_the_photo_do_not_count() -> None:
    logits, layout = torch.randn(1, 4, 8, 8), torch.randint(0, 4, (1, 8, 8))
    counted = torch.zeros(1, 8, 8, dtype=torch.bool)
    assert layout_loss(logits, layout, counted).item() == 0


def test_a_perfect_answer_scores_zero_error() -> None:
    sample = truth()
    result = score(answer(sample.flow, sample.layout), sample, "dresses")
    assert (result.mean_error, result.median_error, result.folded) == (0, 0, 0)
    assert result.hits == result.unions


def test_error_is_in_pixels_of_the_frame() -> None:
    sample = truth()
    shifted = sample.flow + np.array([3 / 192, 4 / 256], np.float32)
    assert score(answer(shifted, sample.layout), sample, "dresses").mean_error == pytest.approx(5, abs=1e-3)


def test_a_mirrored_flow_folds() -> None:
    sample = truth()
    mirrored = sample.flow.copy()
    mirrored[..., 0] *= -1
    assert score(answer(mirrored, sample.layout), sample, "dresses").folded > 0.97


def test_jacobian_of_a_scaling() -> None:
    flow = grid() * np.array([192, 256], np.float32)
    assert jacobian(flow * np.array([2, 3], np.float32)) == pytest.approx(6, abs=1e-3)


def test_summary_has_each_category_and_all() -> None:
    sample = truth()
    scores = [score(answer(sample.flow, sample.layout), sample, name) for name in ("dresses", "lower_body")]
    figures = summary(scores)
    assert list(figures) == ["lower_body", "dresses", "all"]
    assert figures["all"]["twins"] == 2
    assert figures["all"]["interval_px"] == (0.0, 0.0)


def test_trained_twins_are_not_scored(network: WarpNet) -> None:
    with pytest.raises(ValueError, match="training"):
        evaluate(Warper(network, torch.device("cpu")), 2, FIRST_SEED - 1)


def test_training_writes_weights_and_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "people" / "photos").mkdir(parents=True)  # People without labels wear nothing to learn from.
    monkeypatch.setattr("ml.training.warp.WarpNet", lambda: WarpNet(SMALL))
    out = tmp_path / "warp"
    settings = RunSettings(data=tmp_path, output=out, minutes=0.01, rate=1e-3)
    path = train(settings, twins=4, batch=2)
    assert path.is_file()
    before = path.stat().st_mtime_ns
    spent = json.loads((out / "facts.json").read_text())["spent"]
    train(replace(settings, minutes=spent / 60 + 0.01, resume=True), twins=4, batch=2)
    assert path.stat().st_mtime_ns > before
