"""Processes that train one network together, as `torchrun` starts them: each on batches of its own, all with
the mean of their gradients (Li et al., 2020, PyTorch Distributed)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class Crew:
    """Which of how many processes this is. The first, of rank 0, is the one that tells others how it goes."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the first process."""
        return self.rank == 0

    def shared(self, network: nn.Module) -> nn.Module:
        """What to call in the place of `network`: its weights are the first one's, its gradients the mean."""
        return network if self.size == 1 else DistributedDataParallel(network)

    def agreed(self, *values: float) -> list[float]:
        """The values of the first process, in all of them. Every process has to ask."""
        told = torch.tensor(values, dtype=torch.float64)
        if self.size > 1:
            distributed.broadcast(told, 0)
        found: list[float] = told.tolist()
        return found


ALONE = Crew()


@contextmanager
def crew(device: torch.device) -> Iterator[Crew]:
    """The processes that `torchrun` has started; this one alone if it has started none."""
    if not distributed.is_torchelastic_launched():
        yield ALONE
        return
    joined = not distributed.is_initialized()
    if joined:
        on_gpus = device.type == "cuda"
        if on_gpus:
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        distributed.init_process_group("cpu:gloo,cuda:nccl" if on_gpus else "gloo")
    try:
        yield Crew(distributed.get_rank(), distributed.get_world_size())
    finally:
        if joined:
            distributed.destroy_process_group()
