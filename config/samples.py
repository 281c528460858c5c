"""The sample shoppers that ship with the catalogue, offered to those who have no photo at hand."""

import json
from pathlib import Path

PREFIX = "samples"
"""Folder of the static files they are served from."""


def sample_photos(folder: Path) -> list[dict[str, str]]:
    """[{"image": static path, "name": alternative text}] of the shoppers in the catalogue of `folder`."""
    catalogue = json.loads((folder / "catalogue.json").read_text(encoding="utf-8"))
    return [
        {"image": f"{PREFIX}/{Path(shopper['image']).name}", "name": shopper["alt"]}
        for shopper in catalogue["shoppers"]
    ]
