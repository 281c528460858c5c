"""The ONNX files: shapes, what they say about themselves, and that nothing wrong is ever written."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ml import __main__ as command_line
from ml.cloth import ClothNet
from ml.export import KINDS, TOLERANCE, ParityError, export
from ml.generator import Generator
from ml.labels import LABELS
from ml.parsing import ParsingNet
from ml.warpnet import WarpNet, Widths

SMALL = {
    "parser": lambda: ParsingNet((8,) * 4),
    "cloth": lambda: ClothNet((8,) * 3, (1,) * 3),
    "generator": lambda: Generator((8,) * 3, (1,) * 3),
    "warp": lambda: WarpNet(Widths(fine=8, middle=8, coarse=16, matched=8, decoder=8, layers=1, heads=2)),
}
OUTPUTS = {
    "parser": [["batch", 9, "half_height", "half_width"]],
    "cloth": [["batch", 2, 128, 128]],
    "generator": [["batch", planes, "height", "width"] for planes in (3, 1, 1)],
    "warp": [["batch", 2, 128, 96], ["batch", 4, 128, 96], ["batch", 2, 32, 24]],
}


class Deceiver(nn.Module):
    """Says one thing to PyTorch and another in its file."""

    def __init__(self, lie: float) -> None:
        super().__init__()
        self.lie = lie

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.lie if torch.onnx.is_in_onnx_export() else x * 1


class Folder(nn.Module):
    """A network with an operation that OpenCV does not have."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.fold(F.unfold(x, 2, stride=2), (32, 32), 2, stride=2)


@pytest.fixture
def kind():
    return replace(KINDS["cloth"], shape=(3, 32, 32))


@pytest.mark.parametrize("name", KINDS)
def test_a_file_says_what_it_is_and_takes_other_batches(tmp_path, name):
    torch.manual_seed(0)
    kind, path = KINDS[name], tmp_path / f"{name}.onnx"
    sample = np.random.default_rng(0).uniform(-1, 1, (3, *kind.shape)).astype(np.float32)
    fixed = name in ("cloth", "warp")
    samples = [sample] if fixed else [sample, sample[:1, :, :256, :192]]
    assert 0 <= export(kind, SMALL[name](), "small-1", samples, path) <= TOLERANCE
    model = onnx.load(path)
    shapes = [
        [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    ]
    sides = list(kind.shape[1:]) if fixed else ["height", "width"]
    assert shapes == [["batch", kind.shape[0], *sides], *OUTPUTS[name]]
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert (facts["version"], facts["normalisation"]) == ("small-1", kind.normalisation)
    assert facts["labels"].split() == list(kind.labels)
    assert [facts["input"]] == [value.name for value in model.graph.input]
    assert facts["outputs"].split() == [value.name for value in model.graph.output]


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (Deceiver(0.01), r"net\.onnx: differs from PyTorch by 0\.01, more than 0\.001; nothing was exported"),
        (Deceiver(float("nan")), r"net\.onnx: differs from PyTorch by nan, more"),
        (Folder(), r"net\.onnx: OpenCV cannot run it"),
    ],
)
def test_a_network_that_says_something_else_leaves_no_file(tmp_path, kind, network, message):
    with pytest.raises(ParityError, match=message):
        export(kind, network, "1", [], tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_sample_is_compared_too(tmp_path, kind):
    class Clipped(nn.Module):
        def forward(self, x):
            return x.clamp(max=2) if torch.onnx.is_in_onnx_export() else x * 1

    with pytest.raises(ParityError, match="by 3, more"):
        export(kind, Clipped(), "1", [np.full((1, 3, 32, 32), 5, np.float32)], tmp_path / "net.onnx")
    assert export(kind, Clipped(), "1", [], tmp_path / "net.onnx") == 0


@pytest.fixture
def small(monkeypatch):
    """The kinds of networks, small and untrained."""
    kinds = {name: replace(kind, network=SMALL[name]) for name, kind in KINDS.items()}
    monkeypatch.setattr("ml.export.KINDS", kinds)
    monkeypatch.setattr(
        "ml.export.load_weights", lambda name: (kinds[name].network().state_dict(), {"version": f"{name}-0"})
    )
    return kinds


def command(files):
    pictures = ["--person", str(files / "person.png"), "--cloth", str(files / "shirt.png")]
    return command_line.main(["export", "--onnx", str(files / "out"), *pictures])


def test_the_command_exports_all_networks(files, people, small, capsys):
    assert command(files) == 0
    assert {path.name for path in (files / "out").iterdir()} == {f"{name}.onnx" for name in KINDS}
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(", ")[0] for line in lines] == [f"{name}.onnx: {name}-0" for name in KINDS]
    (labels,) = (
        entry.value
        for entry in onnx.load(files / "out" / "parser.onnx").metadata_props
        if entry.key == "labels"
    )
    assert labels == " ".join(LABELS)


def test_one_network_that_fails_keeps_all_back(files, people, small, capsys):
    small["warp"] = replace(small["cloth"], network=lambda: Deceiver(1))
    (files / "out").mkdir()
    (files / "out" / "parser.onnx").write_bytes(b"of yesterday")
    assert command(files) == 1
    assert capsys.readouterr().err.startswith("error: warp.onnx: ")
    assert [path.read_bytes() for path in (files / "out").iterdir()] == [b"of yesterday"]
