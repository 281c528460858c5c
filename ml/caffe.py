"""Networks in Caffe's two files, run by torch: OpenPose's weights are published so, and OpenCV reads them no
more.

Only what those networks are made of is understood: convolution, ReLU, PReLU, maximum pooling, concatenation.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Message = dict[str, list[Any]]
"""Fields of a message in Caffe's text format: a name may occur many times, values are words or messages."""

_TOKEN = re.compile(r'#[^\n]*|"([^"]*)"|([{}:])|([^\s{}:"#]+)')
# Numbers of the fields in Caffe's binary format.
_NET_LAYER, _LAYER_NAME, _LAYER_BLOBS = 100, 1, 7
_BLOB_DATA, _BLOB_SHAPE, _SHAPE_DIMENSIONS, _BLOB_OLD_SHAPE = 5, 7, 1, (1, 2, 3, 4)
# Where each kind of layer has its options, and which are understood. Fillers matter to a training alone.
_OPTIONS = {
    "Convolution": (
        "convolution_param",
        {"num_output", "pad", "kernel_size", "stride", "weight_filler", "bias_filler"},
    ),
    "Pooling": ("pooling_param", {"pool", "kernel_size", "stride"}),
    "Concat": ("concat_param", {"axis"}),
    "ReLU": ("relu_param", set()),
    "PReLU": ("prelu_param", set()),
}


class CaffeNetwork:
    """The network that `structure` (prototxt) describes with the `weights` (caffemodel) of its layers.

    Raises ValueError when a file is malformed, has layers or options that are not understood, or when the two
    do not belong together.
    """

    def __init__(self, structure: Path, weights: Path) -> None:
        try:
            document = _parse_text(structure.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise ValueError(f"{structure} is not the text of a Caffe structure") from error
        self._layers = document.get("layer", [])
        if not self._layers or not all(isinstance(layer, dict) for layer in self._layers):
            raise ValueError(f"{structure} has no layers")
        self._input = _word(document, "input")
        self._blobs = _parse_weights(weights.read_bytes(), weights)
        known = {self._input}
        for layer in self._layers:
            self._check(layer, known)
            known.add(_word(layer, "top"))

    @torch.inference_mode()
    def run(self, values: np.ndarray) -> np.ndarray:
        """What the last layer gives for the input (C, H, W) float32: (c, h, w) float32."""
        results = {self._input: torch.from_numpy(values)[None]}
        for layer in self._layers:
            results[_word(layer, "top")] = self._apply(layer, [results[name] for name in layer["bottom"]])
        return results[_word(self._layers[-1], "top")][0].numpy()

    def _check(self, layer: Message, known: set[str]) -> None:
        name, kind = _word(layer, "name"), _word(layer, "type")
        if kind not in _OPTIONS:
            raise ValueError(f"layer {name}: {kind} is not understood")
        if not layer.get("bottom") or not known.issuperset(layer["bottom"]):
            raise ValueError(f"layer {name}: its input comes from nowhere")
        options = _options(layer)
        if unknown := options.keys() - _OPTIONS[kind][1]:
            raise ValueError(f"layer {name}: {', '.join(sorted(unknown))} is not understood")
        if _word(options, "pool", "MAX") != "MAX":
            raise ValueError(f"layer {name}: only maximum pooling is understood")
        needed = {"Convolution": 2, "PReLU": 1}.get(kind, 0)
        blobs = self._blobs.get(name, [])
        wide = int(_word(options, "num_output", "0"))
        if len(blobs) < needed or (wide and len(blobs[0]) != wide):
            raise ValueError(f"layer {name}: the weights are not those of this network")

    def _apply(self, layer: Message, inputs: list[Tensor]) -> Tensor:
        options = _options(layer)
        blobs = self._blobs.get(_word(layer, "name"), [])
        pad, stride = int(_word(options, "pad", "0")), int(_word(options, "stride", "1"))
        match _word(layer, "type"):
            case "Convolution":
                return F.conv2d(inputs[0], blobs[0], blobs[1].flatten(), stride, pad)
            case "Pooling":  # Caffe rounds sizes up
                return F.max_pool2d(inputs[0], int(_word(options, "kernel_size")), stride, ceil_mode=True)
            case "PReLU":
                return F.prelu(inputs[0], blobs[0].flatten())
            case "ReLU":
                return F.relu(inputs[0])
            case _:
                return torch.cat(inputs, dim=int(_word(options, "axis", "1")))


def _options(layer: Message) -> Message:
    found = layer.get(_OPTIONS[_word(layer, "type")][0])
    return found[0] if found else {}


def _word(message: Mapping[str, list[Any]], name: str, default: str | None = None) -> str:
    """The one value of a field. Raises ValueError when there is neither a value nor a default."""
    value = message.get(name, [default])[0]
    if not isinstance(value, str):
        raise ValueError(f"Caffe structure: {name} is missing")
    return value


def _parse_text(text: str) -> Message:
    """A message in Caffe's text format. Raises ValueError when braces or names do not fit."""
    document: Message = {}
    stack = [document]
    name = ""
    for quoted, sign, word in (match.groups() for match in _TOKEN.finditer(text)):
        if sign == "{" and name:
            inner: Message = {}
            stack[-1].setdefault(name, []).append(inner)
            stack.append(inner)
            name = ""
        elif sign == "}" and len(stack) > 1 and not name:
            stack.pop()
        elif sign == ":" and name:
            continue
        elif sign or (quoted is not None and not name):
            raise ValueError(f"Caffe structure: unexpected {sign or quoted!r}")
        elif name:
            stack[-1].setdefault(name, []).append(quoted if quoted is not None else word)
            name = ""
        elif word:
            name = word
    if len(stack) > 1 or name:
        raise ValueError("Caffe structure: it ends too early")
    return document


def _parse_weights(content: bytes, path: Path) -> dict[str, list[Tensor]]:
    """Weights by layer. Raises ValueError when the file is malformed."""
    try:
        # Views, since the files are large and every level would copy what is below it.
        fields = _fields(memoryview(content))
        layers = [_grouped(value) for number, value in fields if number == _NET_LAYER]
        return {
            bytes(layer[_LAYER_NAME][0]).decode(): [_blob(blob) for blob in layer.get(_LAYER_BLOBS, [])]
            for layer in layers
        }
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a Caffe model") from error


def _blob(content: memoryview) -> Tensor:
    fields = _grouped(content)
    data = np.frombuffer(b"".join(fields[_BLOB_DATA]), "<f4").copy()
    if _BLOB_SHAPE in fields:
        shape = _dimensions(_grouped(fields[_BLOB_SHAPE][0])[_SHAPE_DIMENSIONS])
    else:
        shape = [fields[number][0] for number in _BLOB_OLD_SHAPE]
    return torch.from_numpy(data.reshape(shape))


def _dimensions(values: list[Any]) -> list[int]:
    """Packed or one by one, as writers like it."""
    dimensions: list[int] = []
    for value in values:
        if isinstance(value, int):
            dimensions.append(value)
        else:
            position = 0
            while position < len(value):
                number, position = _varint(value, position)
                dimensions.append(number)
    return dimensions


def _grouped(content: memoryview) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    for number, value in _fields(content):
        groups.setdefault(number, []).append(value)
    return groups


def _fields(content: memoryview) -> Iterator[tuple[int, Any]]:
    """Numbers and values of the fields of a binary protocol buffer: int for varints, else a view."""
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        kind = key & 7
        if kind == 0:
            value, position = _varint(content, position)
            yield key >> 3, value
            continue
        if kind == 2:
            length, position = _varint(content, position)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if position + length > len(content):
            raise ValueError("the file ends too early")
        yield key >> 3, content[position : position + length]
        position += length


def _varint(content: memoryview, position: int) -> tuple[int, int]:
    """A number of variable length and the position after it. Raises IndexError beyond the end."""
    value = shift = 0
    while True:
        byte = content[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
