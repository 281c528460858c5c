"""Where the networks run: inputs go to the device, answers come back, and bfloat16 says what float32 says."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch import nn

from ml.cloth import ClothNet, ClothSegmenter
from ml.crops import NETWORK_SIZE, PersonFrame
from ml.efficientnet import SameConv, normalised
from ml.features import ClothView, PersonView
from ml.generator import Generator, Painter, generator_input
from ml.parsing import Parser, ParsingNet, parser_input
from ml.precision import autocast, best_device, for_inference, memory_format, uses_bfloat16
from ml.unet import ResidualBlock
from ml.warpnet import LAYOUT, Warp, Warper, WarpNet

SHARE, PIXELS = 0.15, 0.5
"""How far bfloat16 may move a probability, and a place in the garment, in px of its 256x192 frame."""


@pytest.fixture
def person(pose) -> PersonView:
    """The drawn person as the warp sees them."""
    joints, visibility = pose.joints()
    frame = PersonFrame.of_person(joints, visibility, pose.segmentation)
    silhouette = frame.to_network(pose.segmentation, fill=0)
    points = frame.points_to_network(joints)
    return PersonView(points, visibility, silhouette, 0 * silhouette, 0 * silhouette)


def shirt(height: int, width: int) -> np.ndarray:
    """A blue square on white, RGB uint8 (height, width, 3)."""
    picture = np.full((height, width, 3), 255, np.uint8)
    picture[height // 5 : -height // 5, width // 5 : -width // 5] = (30, 90, 200)
    return picture


def parse(device: torch.device, person: PersonView) -> np.ndarray:
    network = Parser.load("cpu") if device.type == "cpu" else Parser(ParsingNet(), device, "untrained")
    picture = np.repeat((200 - 150 * person.silhouette)[..., None], 3, axis=2).astype(np.uint8)
    features = parser_input(picture, person.joints, person.visibility, person.silhouette)
    return network.probabilities(torch.from_numpy(features)[None]).numpy()


def segment(device: torch.device, person: PersonView) -> np.ndarray:
    cpu = device.type == "cpu"
    segmenter = ClothSegmenter.load("cpu") if cpu else ClothSegmenter(ClothNet(), device, "new")
    return segmenter.probabilities(shirt(256, 192))


def painted(device: torch.device, person: PersonView) -> np.ndarray:
    """The outline that a generator draws round a square in a hole."""
    painter = Painter.load("cpu") if device.type == "cpu" else Painter(Generator(), device)
    hole, rough = (np.zeros((256, 192), np.float32) for _ in range(2))
    hole[60:200, 40:150], rough[80:180, 60:130] = 1, 1
    photo, cloth = np.full((256, 192, 3), 150), shirt(256, 192)
    features = generator_input(photo, hole, cloth, rough, hole, person.joints, person.visibility)
    return painter.paint(features).alpha


def warped(device: torch.device, person: PersonView) -> Warp:
    warper = Warper.load("cpu") if device.type == "cpu" else Warper(WarpNet(), device)
    cloth = shirt(256, 192)
    return warper.warp(person, ClothView(cloth, (cloth < 250).any(axis=2), "upper_body"))


def in_both_formats(run, person, monkeypatch):
    """Answers in float32 and in bfloat16, which a CPU that cannot multiply it imitates: slower, but rounded
    alike."""
    for fast in (False, True):
        monkeypatch.setattr("ml.precision.uses_bfloat16", lambda device, fast=fast: fast)
        yield run(torch.device("cpu"), person)


@pytest.mark.parametrize("run", [parse, segment, painted, warped])
def test_inputs_go_to_the_device_and_answers_come_back(run, person, monkeypatch):
    """The meta device computes nothing, but refuses operands of another device, and to be copied from: that
    refusal is the last thing which may happen."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        run(torch.device("meta"), person)


@pytest.mark.parametrize("run", [parse, segment, painted])
def test_masks_in_bfloat16_are_those_in_float32(run, person, monkeypatch):
    exact, rounded = in_both_formats(run, person, monkeypatch)
    assert (exact != rounded).any(), "bfloat16 was not used"
    np.testing.assert_allclose(rounded, exact, atol=SHARE, rtol=0)


def test_a_warp_in_bfloat16_is_that_in_float32(person, monkeypatch):
    exact, rounded = in_both_formats(warped, person, monkeypatch)
    assert (exact.flow != rounded.flow).any(), "bfloat16 was not used"
    np.testing.assert_allclose(rounded.layout, exact.layout, atol=SHARE, rtol=0)
    seen = exact.layout[LAYOUT.index("garment")] > 0.5
    assert seen.mean() > 0.05
    away = np.linalg.norm((rounded.flow - exact.flow)[seen] * NETWORK_SIZE[::-1], axis=1)
    assert away.max() < PIXELS


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


def test_without_a_gpu_the_cpu_is_best(no_gpu):
    assert best_device() == best_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_a_gpu_that_is_not_there_is_told(no_gpu, name):
    with pytest.raises(ValueError, match=f"^{name}: torch sees no NVIDIA GPU here; choose cpu or auto$"):
        best_device(name)


def test_a_gpu_is_best(gpu):
    assert best_device() == torch.device("cuda")
    assert best_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("multiplies", [True, False])
def test_a_gpu_that_would_imitate_bfloat16_does_not(gpu, monkeypatch, multiplies):
    asked = []
    monkeypatch.setattr(
        torch.cuda,
        "is_bf16_supported",
        lambda including_emulation=True: asked.append(including_emulation) or multiplies,
    )
    assert uses_bfloat16(torch.device("cuda")) is multiplies
    assert asked == [False]


@pytest.mark.parametrize("multiplies", [True, False])
def test_networks_run_in_what_the_cpu_multiplies(monkeypatch, multiplies):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: multiplies)
    ones = torch.ones(2, 2)
    with autocast(torch.device("cpu")):
        assert (ones @ ones).dtype == (torch.bfloat16 if multiplies else torch.float32)
    best = torch.channels_last if multiplies else torch.contiguous_format
    assert memory_format(torch.device("cpu")) is best


def test_a_network_made_ready_answers_the_same_and_leaves_the_other_as_it_was() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        normalised(SameConv(3, 4, 3, 2), nn.ReLU6()), ResidualBlock(4, 6, 2), ResidualBlock(6, 6)
    )
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 2)
            nn.init.normal_(layer.bias)
            nn.init.normal_(layer.running_mean)
            nn.init.uniform_(layer.running_var, 0.5, 2)
    picture = torch.randn(2, 3, 16, 16)
    ready = for_inference(network, torch.device("cpu"))
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in ready.modules())
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in network.modules()) == 5
    assert network.training
    torch.testing.assert_close(ready(picture), network.eval()(picture), rtol=1e-4, atol=1e-4)
