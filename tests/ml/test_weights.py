"""Weights on disk: half precision, with metadata, and a clear word when they are missing."""

import pytest
import torch
from safetensors.torch import save

from ml.cloth import ClothSegmenter
from ml.parsing import Parser, ParsingNet
from ml.weights import DamagedWeightsError, MissingWeightsError, load_weights, save_weights


def test_weights_come_back_in_full_precision(tmp_path):
    state = {"a": torch.tensor([0.5, -2.0]), "n": torch.tensor(3)}
    save_weights(state, {"version": "x"}, tmp_path / "parser.safetensors")
    loaded, metadata = load_weights("parser", tmp_path)
    assert loaded["a"].dtype == torch.float32
    assert loaded["a"].tolist() == [0.5, -2.0]
    assert loaded["n"].item() == 3
    assert metadata == {"version": "x"}


def test_no_half_written_file_is_left(tmp_path):
    save_weights({"a": torch.zeros(2)}, {"version": "x"}, tmp_path / "parser.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["parser.safetensors"]


@pytest.mark.parametrize(("network", "name"), [(Parser, "parser"), (ClothSegmenter, "cloth")])
def test_missing_weights_name_the_command(network, name, tmp_path):
    with pytest.raises(MissingWeightsError, match=f"python -m ml train {name}"):
        network.load(weights=tmp_path)


def files(**changes):
    """The content of a parser's file, with these numbers in the place of its own."""
    state = {key: value.half() for key, value in ParsingNet().state_dict().items()}
    return {"parser": save(state | changes, {"version": "parser-9"})}


def test_weights_come_from_bytes_as_well():
    assert Parser.load("cpu", files()).version == "parser-9"
    with pytest.raises(MissingWeightsError, match="weights of the network cloth"):
        ClothSegmenter.load("cpu", files())


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(number):
    name, value = next((key, value) for key, value in ParsingNet().state_dict().items() if value.ndim)
    spoilt = value.clone()
    spoilt.view(-1)[-1] = number
    with pytest.raises(DamagedWeightsError, match="parser: weights that are not finite"):
        Parser.load("cpu", files(**{name: spoilt}))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no safetensors"),
        (b"\x80\x04\x95pickled", "no safetensors"),
        (save({"a": torch.zeros(2)}, {"version": "x"}), "weights of another network"),
        (save(ParsingNet().state_dict()), "names no version"),
    ],
)
def test_what_are_no_weights_of_the_network_is_refused(content, why):
    with pytest.raises(DamagedWeightsError, match=f"parser: .*{why}"):
        Parser.load("cpu", {"parser": content})
