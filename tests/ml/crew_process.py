"""One process of a fine-tuning of one step: `torchrun -m tests.ml.crew_process FOLDER`.

Fine-tunes on the folder's twins; the first process leaves its checkpoint there, each its weights.
"""

import os
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from ml import precision
from ml.training.finetune import Plan, finetune
from ml.training.store_set import Fabric, StoreSet, WornPair
from ml.training.warp_samples import make_sample
from ml.twins.store import TwinStore
from ml.twins.textures import TextureSource
from ml.warpnet import WarpNet, Widths

SMALL = Widths(fine=8, middle=8, coarse=16, matched=8, decoder=8, layers=1, heads=2)
PLAN = Plan(steps=1, seed=3, batch=4, progress_seconds=0, widths=SMALL)


class Keeper:
    """A listener that keeps the checkpoint."""

    def __init__(self) -> None:
        self.checkpoint = b""

    def on_progress(self, step, steps, losses, eta):
        return True

    def on_checkpoint(self, data):
        self.checkpoint = data

    def on_sample(self, candidate):
        pass


def small_set(twins: TwinStore) -> StoreSet:
    """A fabric, and the first twin in the place of a worn garment."""
    sample = make_sample(twins[0], TextureSource(), np.random.default_rng(1))
    texture = np.full((256, 192, 3), 90, np.uint8)
    photo = np.zeros((256, 192, 3), np.uint8)
    return StoreSet([Fabric("a", "dresses", texture)], [WornPair("b", twins[0].category, sample, photo)])


def small_base() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return WarpNet(SMALL).state_dict()


def exact() -> None:
    """Have this process compute in float32, where the mean of two batches is that of both."""
    precision.uses_bfloat16 = lambda device: False


def main() -> None:
    folder, rank = Path(sys.argv[1]), int(os.environ["RANK"])
    exact()
    twins = TwinStore.open(folder / "twins")
    keeper = Keeper()
    state = finetune(PLAN, small_set(twins), twins, small_base(), keeper)
    save_file(state, folder / f"{rank}.safetensors")
    if keeper.checkpoint:
        (folder / f"checkpoint-{rank}").write_bytes(keeper.checkpoint)


if __name__ == "__main__":
    main()
