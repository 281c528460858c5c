"""Twins on disk: their geometry in packed, memory-mapped arrays. Colours are drawn anew at each use."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ml.crops import NETWORK_SIZE
from ml.features import CATEGORIES
from ml.landmarks import LANDMARKS
from ml.twins.scene import GENERATOR, Geometry, make_geometry

_FLOW_UNIT = 128
_NO_FLOW = np.iinfo(np.int16).min
_LEVEL_UNIT = 40

_ARRAYS = {
    "flow": ((*NETWORK_SIZE, 2), np.int16),
    "layout": (NETWORK_SIZE, np.uint8),
    "parts": (NETWORK_SIZE, np.uint8),
    "level": (NETWORK_SIZE, np.int8),
    "cloth": (NETWORK_SIZE, np.uint8),
    "cloth_light": (NETWORK_SIZE, np.uint8),
    "inside": (NETWORK_SIZE, np.uint8),
    "joints": ((13, 2), np.float32),
    "visibility": ((13,), np.float32),
    "category": ((), np.uint8),
    "landmarks": ((len(LANDMARKS), 2), np.float32),
    "landmarks_seen": ((len(LANDMARKS),), np.uint8),
}
_AS_THEY_ARE = ("layout", "parts", "cloth", "inside", "joints", "visibility", "landmarks", "landmarks_seen")


def pack_flow(flow: np.ndarray) -> np.ndarray:
    """float32 px within (-256, 256), or NaN -> int16."""
    packed = np.round(np.nan_to_num(flow) * _FLOW_UNIT)
    return np.where(np.isnan(flow), _NO_FLOW, packed.clip(_NO_FLOW + 1, -_NO_FLOW - 1)).astype(np.int16)


def unpack_flow(packed: np.ndarray) -> np.ndarray:
    """int16 -> float32 px with NaN."""
    flow = packed.astype(np.float32) / _FLOW_UNIT
    flow[packed == _NO_FLOW] = np.nan
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
        state = _state(folder)
        if state is None:
            raise FileNotFoundError(f"there are no twins in {folder}")
        count = state["count"]
        return cls(folder, count, {name: _stored(folder, name, count) for name in _ARRAYS})

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
            landmarks=row["landmarks"],
            landmarks_seen=row["landmarks_seen"],
        )


def _stored(folder: Path, name: str, count: int) -> np.ndarray:
    """One array of a store. Those of an older store lack landmarks: none of theirs is known."""
    path = folder / f"{name}.npy"
    if not path.is_file() and name.startswith("landmarks"):
        shape, dtype = _ARRAYS[name]
        return np.zeros((count, *shape), dtype)
    return np.load(path, mmap_mode="r")


def write_twins(
    folder: Path, count: int, seed: int, processes: int = 1, on_twin: Callable[[int], None] | None = None
) -> TwinStore:
    """Make the twins of `seed`, `seed` + 1, ... If interrupted, the same call goes on where it stopped.

    `on_twin` is told how many there are after each. Raises OSError when the disk has no room for all, before
    the first is made; what was begun is deleted then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order = {"capacity": count, "seed": seed, "generator": GENERATOR}
    state = _state(folder)
    done = state["count"] if state and state == order | {"count": state["count"]} else 0
    if not done:
        (folder / "twins.json").unlink(missing_ok=True)
    try:
        arrays = {name: _allocated(folder / f"{name}.npy", name, count, keep=done > 0) for name in _ARRAYS}
    except OSError:
        for name in _ARRAYS if not done else ():
            (folder / f"{name}.npy").unlink(missing_ok=True)
        raise
    for index, geometry in enumerate(_geometries(range(seed + done, seed + count), processes), done):
        _put(arrays, index, geometry)
        if on_twin:
            on_twin(index + 1)
        if index % 50 == 49 or index + 1 == count:
            _write_state(folder, order | {"count": index + 1})
    return TwinStore.open(folder)


def _state(folder: Path) -> dict[str, Any] | None:
    """What is said of the twins in `folder`; None where nothing is, or nothing that can be read."""
    try:
        state = json.loads((folder / "twins.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return state if isinstance(state, dict) and isinstance(state.get("count"), int) else None


def _write_state(folder: Path, state: dict[str, Any]) -> None:
    """Readers find the state of before or this one, whatever is killed or full meanwhile."""
    partial = folder / "twins.json.partial"
    partial.write_text(json.dumps(state))
    partial.replace(folder / "twins.json")


def _allocated(path: Path, name: str, count: int, *, keep: bool) -> np.ndarray:
    """An array of a store to write to, with room on the disk for all of it: whoever writes to a map for which
    there is none is killed by the system (SIGBUS). Raises OSError.
    """
    shape, dtype = _ARRAYS[name]
    mode = "r+" if keep and path.is_file() else "w+"
    array: np.ndarray = np.lib.format.open_memmap(path, mode, dtype, (count, *shape))
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array


def _geometries(seeds: range, processes: int) -> Iterator[Geometry]:
    if processes == 1:
        yield from map(make_geometry, seeds)
        return
    # Forked children of a process that has used torch's threads may hang.
    with get_context("spawn").Pool(processes, torch.set_num_threads, (1,)) as pool:
        yield from pool.imap(make_geometry, seeds, chunksize=4)


def _put(arrays: dict[str, np.ndarray], index: int, geometry: Geometry) -> None:
    arrays["flow"][index] = pack_flow(geometry.flow)
    arrays["level"][index] = np.clip(geometry.level * _LEVEL_UNIT, -127, 127)
    arrays["cloth_light"][index] = np.clip(geometry.cloth_light * 128, 0, 255)
    arrays["category"][index] = CATEGORIES.index(geometry.category)
    for name in _AS_THEY_ARE:
        arrays[name][index] = getattr(geometry, name)
