"""`python -m ml export --onnx DIR`: the trained networks as ONNX files, each compared with PyTorch."""

import argparse
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from torch import Tensor, nn

from ml.bench import add_picture_arguments
from ml.cloth import CLOTH_SIZE, ClothNet, fit_square, network_input
from ml.compose import hole_for
from ml.crops import NETWORK_SIZE
from ml.features import FEATURE_COUNT, FEATURE_SIZE, warp_features
from ml.generator import GENERATOR_SIZE, Generator
from ml.generator import INPUT_CHANNELS as GENERATOR_CHANNELS
from ml.images import read_image
from ml.labels import LABELS, PARSER_SIZE
from ml.laying import cloth_view, person_view
from ml.layout import LAYOUT
from ml.painting import frame_of, painter_input
from ml.parsing import INPUT_CHANNELS, ParsingNet, framed_input
from ml.pipeline import TryOnPipeline
from ml.warpnet import WarpNet
from ml.weights import load_weights

OPSET = 18
TOLERANCE = 1e-3
"""Largest difference from PyTorch's float32 answers: of a logit, or of a place in the garment's frame, whose
sides are 1 (a quarter of a pixel)."""
INPUT = "features"


class ParityError(RuntimeError):
    """An exported network does not say what the trained one says."""


@dataclass(frozen=True)
class Kind:
    """A kind of network. shape: (C, H, W) of its input; axes: names of the input's axes that are free, and of
    the outputs'; outputs, labels: names of the outputs and of the classes; normalisation: of the input."""

    network: type[nn.Module]
    shape: tuple[int, int, int]
    axes: dict[int, tuple[str, str]]
    outputs: tuple[str, ...]
    labels: tuple[str, ...]
    normalisation: str


BATCH = {0: ("batch", "batch")}
KINDS = {
    "parser": Kind(
        ParsingNet,
        (INPUT_CHANNELS, *PARSER_SIZE),
        BATCH | {2: ("height", "half_height"), 3: ("width", "half_width")},
        ("logits",),
        LABELS,
        "planes 0-2: RGB / 127.5 - 1; 3: silhouette, 0..1; 4-16: heatmaps of 13 joints, 0..1",
    ),
    "cloth": Kind(
        ClothNet, (3, CLOTH_SIZE, CLOTH_SIZE), BATCH, ("logits",), ("garment", "inside"), "RGB / 127.5 - 1"
    ),
    "generator": Kind(
        Generator,
        (GENERATOR_CHANNELS, *GENERATOR_SIZE),
        BATCH | {2: ("height", "height"), 3: ("width", "width")},
        ("inpainted", "alpha", "shade"),
        (),
        "planes 0-2: RGB / 127.5 - 1, 0 in the hole; 3: hole, 0..1; 4-6: RGB / 127.5 - 1 of the garment, "
        "0 beside it; 7: its rough outline; 8: person expected, 0..1; 9-21: heatmaps of 13 joints",
    ),
    "warp": Kind(
        WarpNet,
        (FEATURE_COUNT, *FEATURE_SIZE),
        BATCH,
        ("flow", "layout", "matching"),
        LAYOUT,
        "planes of ml.features.warp_features; colours: RGB / 127.5 - 1, 0 beside the garment",
    ),
}


def export(kind: Kind, network: nn.Module, version: str, samples: Sequence[np.ndarray], path: Path) -> float:
    """Write `network` to `path`, float32, and return its largest difference from PyTorch on the CPU.

    samples: inputs float32 (N, C, H, W) that show what the network is used for; pseudo-random ones are added.
    Raises ParityError when OpenCV cannot run the file or a difference is above TOLERANCE, and leaves no file.
    """
    network = network.cpu().float().eval()
    noise = torch.rand(2, *kind.shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    try:
        _write(kind, network, version, noise, path)
        return max(_difference(network, kind, path, sample) for sample in (noise.numpy(), *samples))
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(kind: Kind, network: nn.Module, version: str, example: Tensor, path: Path) -> None:
    with warnings.catch_warnings():
        # There is a newer exporter, which needs two packages more; and tracing freezes what Python decides.
        # Whether it may is seen when inputs of other sizes are compared.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            path,
            dynamo=False,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=list(kind.outputs),
            dynamic_axes={INPUT: {axis: name for axis, (name, _) in kind.axes.items()}},
        )
    model = onnx.load(path)
    for value, answer in zip(model.graph.output, _answers(network, example.numpy()), strict=True):
        for axis, (dimension, length) in enumerate(
            zip(value.type.tensor_type.shape.dim, answer.shape, strict=True)
        ):
            if axis in kind.axes:
                dimension.dim_param = kind.axes[axis][1]
            else:
                dimension.dim_value = length
    facts = {
        "version": version,
        "input": INPUT,
        "outputs": " ".join(kind.outputs),
        "labels": " ".join(kind.labels),
        "normalisation": kind.normalisation,
    }
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def _answers(network: nn.Module, features: np.ndarray) -> tuple[np.ndarray, ...]:
    with torch.inference_mode():
        answers = network(torch.from_numpy(features))
    return tuple(part.numpy() for part in ((answers,) if isinstance(answers, Tensor) else answers))


def _difference(network: nn.Module, kind: Kind, path: Path, features: np.ndarray) -> float:
    """Largest difference between what OpenCV computes from the file and PyTorch. Raises ParityError."""
    try:
        reader = cv2.dnn.readNetFromONNX(str(path))
        reader.setInput(features)
        found = reader.forward(kind.outputs)
    except cv2.error as error:
        raise ParityError(f"{path.name}: OpenCV cannot run it ({error.err}); nothing was exported") from error
    wanted = _answers(network, features)
    if [one.shape for one in found] != [one.shape for one in wanted]:
        raise ParityError(f"{path.name}: outputs of other shapes than PyTorch's; nothing was exported")
    difference = max(float(np.abs(one - other).max()) for one, other in zip(found, wanted, strict=True))
    # Not a number is not within the tolerance either.
    if not difference <= TOLERANCE:
        fault = f"differs from PyTorch by {difference:.2g}, more than {TOLERANCE:g}"
        raise ParityError(f"{path.name}: {fault}; nothing was exported")
    return difference


def real_inputs(photo: np.ndarray, picture: np.ndarray, category: str) -> dict[str, list[np.ndarray]]:
    """What each network is given for one try-on, float32 (1, C, H, W), by name. Raises Refusal."""
    pipeline = TryOnPipeline.load("cpu")
    person, cloth = pipeline.analyse_person(photo), pipeline.analyse_cloth(picture, category)
    pose, frame = person.check.pose, person.parse.frame
    layer, hole = hole_for(person.scene, category, pipeline.lay(person, cloth).layer)
    painting = painter_input(person.photo, pose, hole, layer, frame_of(pose, category, hole))
    return {
        "parser": [
            framed_input(person.photo, pose, frame, size)[None] for size in (NETWORK_SIZE, PARSER_SIZE)
        ],
        "cloth": [network_input(fit_square(cloth.image))[None].numpy()],
        "generator": [painting[None]],
        "warp": [warp_features(person_view(person, category), cloth_view(cloth))[None]],
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `export`."""
    parser.add_argument("--onnx", type=Path, required=True, metavar="DIR", help="folder for the ONNX files")
    add_picture_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Export all networks with the shipped weights, or none."""
    samples = real_inputs(read_image(arguments.person), read_image(arguments.cloth), arguments.category)
    arguments.onnx.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.onnx) as draft:
        for name, kind in KINDS.items():
            state, metadata = load_weights(name)
            network = kind.network()
            network.load_state_dict(state)
            path = Path(draft) / f"{name}.onnx"
            difference = export(kind, network, metadata["version"], samples[name], path)
            print(f"{path.name}: {metadata['version']}, differs from PyTorch by at most {difference:.1g}")
        for path in Path(draft).iterdir():
            path.replace(arguments.onnx / path.name)
    return 0
