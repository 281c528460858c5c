"""The batches of a fine-tuning: garments seen worn first, twins in the store's fabrics after them."""

from collections.abc import Generator, Iterator
from itertools import count
from typing import NamedTuple

import numpy as np
from torch import Tensor

from ml.training.crew import ALONE, Crew
from ml.training.loop import prefetched
from ml.training.store_set import StoreSet, mirrored, moved
from ml.training.warp import batch_of
from ml.training.warp_samples import WarpSample, make_sample
from ml.twins.store import TwinStore
from ml.twins.textures import TextureSource

WORN_SHARE = 0.5
"""Largest share of a batch that is garments seen worn."""
PAIR_SHARE = 1 / 64
"""Share of a batch for each of them while they are few: in batches of 16 each is shown in about one of four.
More, and a handful of photos would be learnt by heart."""


class StoreBatch(NamedTuple):
    """What `ml.training.warp.batch_of` gives; the first `worn` samples of it are worn garments."""

    tensors: tuple[Tensor, ...]
    worn: int


class Batches:
    """Batch number n of a run, always the same, whatever was interrupted before it.

    The last `checked` twins are in no batch. Of the processes of a crew each gets batches of its own.
    """

    def __init__(
        self,
        batch: int,
        seed: int,
        learnt: StoreSet,
        twins: TwinStore,
        checked: int = 0,
        together: Crew = ALONE,
    ) -> None:
        self._batch, self._seed, self._together = batch, seed, together
        self._twins, self._used, self._pairs = twins, len(twins) - checked, learnt.worn
        self._worn = worn_in(batch, len(learnt.worn))
        self._everything = TextureSource(fabrics=[fabric.texture for fabric in learnt.fabrics])
        self._textures = {
            category: TextureSource(
                fabrics=[fabric.texture for fabric in learnt.fabrics if fabric.category == category]
            )
            for category in {fabric.category for fabric in learnt.fabrics}
        }

    def __call__(self, number: int) -> StoreBatch:
        own = number * self._together.size + self._together.rank
        rng = np.random.default_rng((self._seed, own))
        worn = [self._worn_sample(rng) for _ in range(self._worn)]
        twins = [self._twin_sample(rng) for _ in range(self._batch - self._worn)]
        return StoreBatch(batch_of(worn + twins), self._worn)

    def _worn_sample(self, rng: np.random.Generator) -> WarpSample:
        sample = self._pairs[rng.integers(len(self._pairs))].sample
        return moved(mirrored(sample) if rng.random() < 0.5 else sample, rng)

    def _twin_sample(self, rng: np.random.Generator) -> WarpSample:
        return self._dressed(int(rng.integers(self._used)), rng)

    def _dressed(self, index: int, rng: np.random.Generator) -> WarpSample:
        geometry = self._twins[index]
        return make_sample(geometry, self._textures.get(geometry.category, self._everything), rng)

    def checks(self) -> Iterator[tuple[Tensor, ...]]:
        """The twins that are in no batch, in the store's fabrics, the same in every run of a seed."""
        for first in range(self._used, len(self._twins), self._batch):
            indices = range(first, min(first + self._batch, len(self._twins)))
            yield batch_of([self._dressed(i, np.random.default_rng((self._seed, i, 1))) for i in indices])

    def following(self, first: int) -> Generator[StoreBatch, None, None]:
        """All from number `first` on, each made while the network works on the one before."""
        numbers: Iterator[int] = count(first)
        yield from prefetched(self, numbers)


def worn_in(batch: int, pairs: int) -> int:
    """How many samples of a batch are garments seen worn, of which `pairs` are learnt from: one at least, if
    there are any."""
    share = min(WORN_SHARE, PAIR_SHARE * pairs)
    return max(1, round(share * batch)) if pairs else 0
