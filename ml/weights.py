"""Weights of the networks: half-precision safetensors, with metadata that says what they are."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

FOLDER = Path(__file__).parent / "weights"
"""The shipped ones."""

WeightSource = Path | Mapping[str, bytes]
"""A folder of `<network>.safetensors`, or the content of such files by the name of the network."""


class MissingWeightsError(RuntimeError):
    """The weights of a network are not where they should be."""


class DamagedWeightsError(RuntimeError):
    """Bytes that are no safetensors, hold what is not finite, or belong to another network."""


def load_weights(name: str, source: WeightSource = FOLDER) -> tuple[dict[str, Tensor], dict[str, str]]:
    """State dict (float32) and metadata of the network `name`. Raises MissingWeightsError and
    DamagedWeightsError.
    """
    if isinstance(source, Path):
        path = source / f"{name}.safetensors"
        if not path.is_file():
            raise MissingWeightsError(
                f"{path} is missing: train it with `python -m ml train {name} --data DIR`"
            )
        return read_weights(path)
    if name not in source:
        raise MissingWeightsError(f"the weights of the network {name} are missing")
    return _parsed(source[name], name)


def load_network(network: nn.Module, name: str, source: WeightSource) -> dict[str, str]:
    """Give `network` its weights; returns their metadata, a `version` among them. Raises as above."""
    state, metadata = load_weights(name, source)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise DamagedWeightsError(f"{name}: the weights of another network") from error
    if "version" not in metadata:
        raise DamagedWeightsError(f"{name}: the metadata names no version")
    return metadata


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """State dict (float32) and metadata in the safetensors file `path`. Raises FileNotFoundError and
    DamagedWeightsError.
    """
    return _parsed(path.read_bytes(), path.name)


def _parsed(content: bytes, name: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        state = load(content)
        # The library hands out tensors alone; the header is JSON behind its length.
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    except (SafetensorError, ValueError) as error:
        raise DamagedWeightsError(f"{name}: no safetensors") from error
    state = {key: value.float() if value.is_floating_point() else value for key, value in state.items()}
    if not all(torch.isfinite(value).all() for value in state.values()):
        raise DamagedWeightsError(f"{name}: weights that are not finite")
    return state, header.get("__metadata__", {})


def save_weights(state: dict[str, Tensor], metadata: dict[str, str], path: Path) -> None:
    """Write `state` to `path` with floats as float16; readers never see half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(weight_bytes(state, metadata))
    partial.replace(path)


def weight_bytes(state: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """`state` as the content of a safetensors file, floats as float16."""
    half = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
    return save({key: value.contiguous() for key, value in half.items()}, metadata)
