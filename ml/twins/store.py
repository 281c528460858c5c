"""Twins on disk: their geometry in packed, memory-mapped arrays. Colours are drawn anew at each use."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.crops import NETWORK_SIZE
from ml.twins.garment import CATEGORIES
from ml.twins.scene import Geometry, make_geometry

FLOW_UNIT = 256
"""Stored flow is px * FLOW_UNIT + FLOW_ZERO as uint16; 0 is "no garment"."""
FLOW_ZERO = 8192
_LEVEL_UNIT = 40

_ARRAYS = {
    "flow": ((*NETWORK_SIZE, 2), np.uint16),
    "layout": (NETWORK_SIZE, np.uint8),
    "parts": (NETWORK_SIZE, np.uint8),
    "level": (NETWORK_SIZE, np.int8),
    "cloth": (NETWORK_SIZE, np.uint8),
    "cloth_light": (NETWORK_SIZE, np.uint8),
    "inside": (NETWORK_SIZE, np.uint8),
    "joints": ((13, 2), np.float32),
    "visibility": ((13,), np.float32),
    "category": ((), np.uint8),
}


def pack_flow(flow: np.ndarray) -> np.ndarray:
    """float32 px with NaN -> uint16."""
    packed = np.clip(np.nan_to_num(flow) * FLOW_UNIT + FLOW_ZERO, 1, 65535)
    return np.where(np.isnan(flow), 0, packed).astype(np.uint16)


def unpack_flow(packed: np.ndarray) -> np.ndarray:
    """uint16 -> float32 px with NaN."""
    flow = (packed.astype(np.float32) - FLOW_ZERO) / FLOW_UNIT
    flow[packed == 0] = np.nan
    return flow


@dataclass(frozen=True)
class TwinStore:
    """`count` twins under `folder`; index it for a Geometry (without `light`, which only pictures need)."""

    folder: Path
    count: int
    arrays: dict[str, np.ndarray]

    @classmethod
    def open(cls, folder: Path) -> "TwinStore":
        """Raises FileNotFoundError when there are no twins in `folder`."""
        count = json.loads((folder / "twins.json").read_text())["count"]
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
        return cls(folder, count, arrays)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Geometry:
        if not 0 <= index < self.count:
            raise IndexError(index)
        row = {name: np.array(array[index]) for name, array in self.arrays.items()}
        return Geometry(
            category=CATEGORIES[int(row["category"])],
            flow=unpack_flow(row["flow"]),
            layout=row["layout"],
            parts=row["parts"],
            level=row["level"].astype(np.float32) / _LEVEL_UNIT,
            inside=row["inside"] > 0,
            joints=row["joints"],
            visibility=row["visibility"],
            cloth=row["cloth"],
            light=np.ones(NETWORK_SIZE, np.float32),
            cloth_light=row["cloth_light"].astype(np.float32) / 128,
        )


def write_twins(folder: Path, count: int, seed: int) -> TwinStore:
    """Make the twins of `seed`, `seed` + 1, ... If interrupted, the same call goes on where it stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    state, done = folder / "twins.json", 0
    if state.is_file():
        facts = json.loads(state.read_text())
        if facts["seed"] == seed and facts["capacity"] == count:
            done = facts["count"]
    mode = "r+" if done else "w+"
    arrays = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", mode, dtype, (count, *shape))
        for name, (shape, dtype) in _ARRAYS.items()
    }
    for index in range(done, count):
        _put(arrays, index, make_geometry(seed + index))
        if index % 50 == 49 or index + 1 == count:
            state.write_text(json.dumps({"count": index + 1, "capacity": count, "seed": seed}))
    return TwinStore.open(folder)


def _put(arrays: dict[str, np.ndarray], index: int, geometry: Geometry) -> None:
    arrays["flow"][index] = pack_flow(geometry.flow)
    arrays["level"][index] = np.clip(geometry.level * _LEVEL_UNIT, -127, 127)
    arrays["cloth_light"][index] = np.clip(geometry.cloth_light * 128, 0, 255)
    arrays["category"][index] = CATEGORIES.index(geometry.category)
    for name in ("layout", "parts", "cloth", "inside", "joints", "visibility"):
        arrays[name][index] = getattr(geometry, name)
