"""Two processes that `torchrun` starts do what one does on a batch twice as large."""

import subprocess
import sys

import pytest
import torch
from safetensors.torch import load, load_file

from ml import precision
from ml.training import finetune as finetuning
from ml.training.crew import ALONE, Crew
from ml.training.finetune import finetune, make_twins
from ml.training.store_batches import Batches, StoreBatch
from tests.ml.crew_process import PLAN, Keeper, small_base, small_set


class Doubled(Batches):
    """What both processes of a crew of two get for a number, as one batch: worn garments first."""

    def __init__(self, batch, seed, learnt, twins, checked, together):
        assert together == ALONE
        super().__init__(batch, seed, learnt, twins, checked)
        self._both = [Batches(batch, seed, learnt, twins, checked, Crew(rank, 2)) for rank in range(2)]

    def __call__(self, number):
        one, other = (batches(number) for batches in self._both)
        worn = one.worn
        parts = zip(one.tensors, other.tensors, strict=True)
        tensors = tuple(torch.cat([a[:worn], b[:worn], a[worn:], b[worn:]]) for a, b in parts)
        return StoreBatch(tensors, 2 * worn)


@pytest.mark.slow
def test_two_processes_take_the_step_of_one_with_twice_the_batch(tmp_path, monkeypatch):
    twins = make_twins(tmp_path / "twins", 6)
    command = [
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "-m",
        "tests.ml.crew_process",
    ]
    subprocess.run([sys.executable, "-m", *command, tmp_path], check=True, timeout=300)
    first, second = (load_file(tmp_path / f"{rank}.safetensors") for rank in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not (tmp_path / "checkpoint-1").exists()

    monkeypatch.setattr(precision, "uses_bfloat16", lambda device: False)
    monkeypatch.setattr(finetuning, "Batches", Doubled)
    alone = Keeper()
    finetune(PLAN, small_set(twins), twins, small_base(), alone)
    # After one step AdamW's running mean of the gradients is a tenth of the gradients.
    together, expected = load((tmp_path / "checkpoint-0").read_bytes()), load(alone.checkpoint)
    gradients = [name for name in expected if name.endswith("/exp_avg")]
    assert len(gradients) > 50
    for name in gradients:
        assert torch.allclose(together[name], expected[name], rtol=1e-3, atol=1e-7), name
    assert max(expected[name].abs().max() for name in gradients) > 1e-4


def test_each_of_a_crew_gets_batches_of_its_own(tmp_path):
    twins = make_twins(tmp_path, 4)
    learnt = small_set(twins)
    of_two = [Batches(2, 3, learnt, twins, together=Crew(rank, 2)) for rank in range(2)]
    alone = Batches(2, 3, learnt, twins)
    for number in range(2):
        for rank in range(2):
            own, same = of_two[rank](number), alone(2 * number + rank)
            assert all(torch.equal(a, b) for a, b in zip(own.tensors, same.tensors, strict=True))


def test_one_process_alone_agrees_with_itself():
    network = torch.nn.Linear(1, 1)
    assert ALONE.leads
    assert ALONE.agreed(0.25, 1) == [0.25, 1.0]
    assert ALONE.shared(network) is network
