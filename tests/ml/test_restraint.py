"""How far from the base a fine-tuning may go."""

import numpy as np
import pytest
import torch

from ml.training import restraint
from ml.training.restraint import SHARES, between, restrained, restraint_seconds


def state(value: float, count: int = 3) -> dict[str, torch.Tensor]:
    return {"weight": torch.full((2,), value), "count": torch.tensor(count)}


def test_between_is_the_base_at_nothing_and_the_tuned_at_all():
    base, tuned = state(1.0), state(3.0, count=5)
    for share, value in ((0.0, 1.0), (0.25, 1.5), (1.0, 3.0)):
        found = between(base, tuned, share)
        assert found["weight"].tolist() == [value, value]
        assert found["count"].item() == 5


@pytest.mark.parametrize(
    ("growth", "spread", "expected"),
    [
        *((0.0, 0.0, 1.0), (-2.0, 0.0, 1.0), (0.029, 0.0, 1.0), (0.035, 0.0, 0.75), (0.05, 0.0, 0.5)),
        *((0.1, 0.0, 0.25), (9.0, 0.0, SHARES[-1])),
        # Uncertain: the mean of 100 twins would do, the upper end of its interval, 0.2 higher, would not.
        *((0.0, 0.1, 1.0), (0.0, 1.0, SHARES[-1])),
    ],
)
def test_as_much_is_taken_as_surely_keeps_to_the_drift(monkeypatch, growth, spread, expected):
    """The errors grow on the whole way, evenly, by `growth` pixels on average and half of them by more."""
    change = growth + spread * np.resize([1, -1], 100)
    monkeypatch.setattr(restraint, "WarpNet", lambda widths: torch.nn.Identity())
    monkeypatch.setattr(
        restraint, "_errors", lambda network, state, *_: 6.0 + change * float(state["weight"][0])
    )
    found = restrained(state(0.0), state(1.0), [], None, torch.device("cpu"))
    assert found["weight"][0].item() == expected


def test_the_time_it_takes_goes_by_the_pace_of_a_batch(monkeypatch):
    """Two seconds to make a batch, three to look at it with each of four networks; seven batches."""
    clock, looks = [0.0], []

    def checks():
        clock[0] += 2
        yield (torch.zeros(1),)

    def errors(network, state, batches, device):
        clock[0] += 3 if looks else 50
        looks.append(len(batches))

    monkeypatch.setattr(restraint, "WarpNet", lambda widths: torch.nn.Identity())
    monkeypatch.setattr(restraint, "monotonic", lambda: clock[0])
    monkeypatch.setattr(restraint, "_errors", errors)
    found = restraint_seconds(state(0.0), checks(), 7, None, torch.device("cpu"))
    assert found == 7 * (2 + len(SHARES) * 3)
    assert looks == [1, 1]
