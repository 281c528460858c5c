"""The shipped network weights: half-precision safetensors, with metadata that says what they are."""

from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

FOLDER = Path(__file__).parent / "weights"


class MissingWeightsError(RuntimeError):
    """The weights of a network are not where they should be."""


def load_weights(name: str, folder: Path = FOLDER) -> tuple[dict[str, Tensor], dict[str, str]]:
    """State dict (float32) and metadata of the network `name`. Raises MissingWeightsError."""
    path = folder / f"{name}.safetensors"
    if not path.is_file():
        raise MissingWeightsError(f"{path} is missing: train it with `python -m ml train {name} --data DIR`")
    return read_weights(path)


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """State dict (float32) and metadata in the safetensors file `path`. Raises FileNotFoundError."""
    with safe_open(path, "pt") as file:
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        metadata = file.metadata() or {}
    return {
        key: value.float() if value.is_floating_point() else value for key, value in state.items()
    }, metadata


def save_weights(state: dict[str, Tensor], metadata: dict[str, str], path: Path) -> None:
    """Write `state` to `path` with floats as float16; readers never see half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    half = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
    save_file({key: value.contiguous() for key, value in half.items()}, partial, metadata)
    partial.replace(path)
