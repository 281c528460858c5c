"""Weights on disk: half precision, with metadata, and a clear word when they are missing."""

import pytest
import torch

from ml.cloth import ClothSegmenter
from ml.parsing import Parser
from ml.weights import MissingWeightsError, load_weights, save_weights


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
