"""`python -m ml COMMAND`: try garments on, train, evaluate. Each command imports only what it needs."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from ml.errors import Refusal

COMMANDS = {
    "tryon": ("ml.dressing", "put a garment, or an outfit, on one person"),
    "evaluate": ("ml.evaluation", "try many pairs on: report.json and contact.png"),
    "evaluate-parser": ("ml.evaluation_parser", "intersection over union of the parser on held-out photos"),
    "evaluate-warp": ("ml.evaluation_warp", "end-point error of the warp on held-out twins"),
    "evaluate-chest": ("ml.evaluation_chest", "colour difference of guessed chests on held-out photos"),
    "evaluate-garment": ("ml.evaluation_garment", "kinds and corners of garments on held-out pictures"),
    "evaluate-garment-checks": ("ml.evaluation_garmentcheck", "how often the checks of garments err"),
    "anonymise": ("ml.evaluation_anonymise", "how many photos can lose their face, and whether one is left"),
    "bench": ("ml.bench", "seconds and memory of one try-on on this machine"),
    "export": ("ml.export", "write the networks as ONNX files"),
    "twins": ("ml.twins.command", "make synthetic pairs of a flat and a worn garment"),
    "unworn": ("ml.unworn.command", "make pairs with a truth: worn garments cut out and laid flat"),
    "train": ("ml.training", "train a network"),
}
TRAININGS = {
    "parser": ("ml.training.parser", "the human parser"),
    "warp": ("ml.training.warp", "the garment warp"),
    "cloth": ("ml.training.cloth", "the garment mask"),
    "generator": ("ml.training.generator", "skin, light and outlines, against a discriminator"),
    "chest": ("ml.training.chest", "light and tint of bare chests"),
    "garment": ("ml.training.garment", "the garment's kind and corners"),
    "pix2pix": ("ml.training.pix2pix", "the paired textbook translator, a baseline"),
    "cyclegan": ("ml.training.cyclegan", "the unpaired textbook translator, a baseline"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, 2 for a refusal (`code: message` on stderr) or 1 for missing models."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parsed = _parser(words).parse_args(words)
    try:
        return parsed.run(parsed) or 0
    except Refusal as refusal:
        print(f"{refusal.code}: {refusal.message}", file=sys.stderr)
        return 2
    except (OSError, RuntimeError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, purpose) in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose)
        chosen = bool(words) and words[0] == name
        if name == "train":
            networks = command.add_subparsers(dest="network", required=True)
            for network, (training, subject) in TRAININGS.items():
                _add(networks.add_parser(network, help=subject), training, chosen and network in words[1:2])
        else:
            _add(command, module, chosen)
    return parser


def _add(parser: argparse.ArgumentParser, module: str, chosen: bool) -> None:
    """Give the chosen command its arguments; the others stay names, so that their imports cost nothing."""
    if chosen:
        command = import_module(module)
        command.add_arguments(parser)
        parser.set_defaults(run=command.run)


def _silence_native_logs() -> None:
    """Keep stderr for our one line: MediaPipe's native part writes to it and has no switch that stops it."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path
        os.dup2(nowhere.fileno(), 2)


if __name__ == "__main__":
    _silence_native_logs()
    sys.exit(main())
