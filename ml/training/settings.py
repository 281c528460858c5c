"""How long and from where a training runs: the same arguments for every network."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class RunSettings:
    """One training run.

    data: folder with people/ and garments/, as far as the network needs them. output: for checkpoints and
    weights; what is made once for all runs lies beside it. minutes: length of the whole run, also over
    interruptions. rate: peak learning rate. base: safetensors to start from instead of random numbers.
    resume: whether to go on from the checkpoint in `output`.
    """

    data: Path
    output: Path
    minutes: float
    rate: float
    base: Path | None = None
    resume: bool = False

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Self:
        """The settings among parsed `arguments`."""
        return cls(**{name: getattr(arguments, name) for name in cls.__dataclass_fields__})


def add_settings(parser: argparse.ArgumentParser, name: str, minutes: float, rate: float) -> None:
    """Arguments of `python -m ml train NAME`, with the network's own length and rate as defaults."""
    parser.add_argument("--data", type=Path, required=True, help="folder with people/ and garments/")
    parser.add_argument(
        "--output", type=Path, default=Path("var/training") / name, help="folder for checkpoints and weights"
    )
    parser.add_argument("--minutes", type=float, default=minutes, help=f"length of the run, {minutes:g}")
    parser.add_argument("--rate", type=float, default=rate, help=f"peak learning rate, {rate:g}")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--base", type=Path, help="weights to start from, for fine-tuning at a lower rate")
    start.add_argument("--resume", action="store_true", help="go on from the checkpoint in --output")
