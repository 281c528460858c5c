"""What is known about a photo or a garment picture as bytes, to be kept beside the picture.

The picture itself is not in them, and they are worth nothing without it. A `tag` names the picture and the
models; bytes of another format, another tag or another shape are refused with AnalysisBytesError, never
believed. Layout: safetensors (which holds arrays and no code), compressed by zlib.

Probabilities come back at half their resolution as float16; all that a picture depends on comes back exactly
as `TryOnPipeline.analyse_person` gave it. Only the confidence may differ a little, so whoever keeps an
analysis should go on with what the bytes say.
"""

import json
import zlib
from typing import Any

import cv2
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ml.analysis import ClothAnalysis, PersonAnalysis
from ml.clothframe import ClothFrame
from ml.crops import PersonFrame
from ml.images import MAX_LONG_SIDE, MAX_SHORT_SIDE, fit_within
from ml.labels import LABELS, PARSER_SIZE, ParseResult
from ml.photocheck import CATEGORIES, PhotoCheck
from ml.pose import Pose

FORMAT = 11
"""To be raised whenever the bytes, or what the analysis does with the same models, change."""
MOST_BYTES = 16 * MAX_SHORT_SIDE * MAX_LONG_SIDE
"""More than any analysis takes, uncompressed."""
KEYPOINTS = 33
COARSE = (len(LABELS), PARSER_SIZE[0] // 2, PARSER_SIZE[1] // 2)


class AnalysisBytesError(ValueError):
    """The bytes are damaged, of another format, or about something else."""


def person_to_bytes(person: PersonAnalysis, tag: str) -> bytes:
    """All of `person` but the photo and the timings."""
    pose, parse = person.check.pose, person.parse
    coarse = [cv2.resize(layer, COARSE[:0:-1], interpolation=cv2.INTER_AREA) for layer in parse.probabilities]
    facts = {
        "brightness": float(person.check.brightness),
        "sharpness": float(person.check.sharpness),
        "categories": list(person.check.categories),
    }
    arrays = {
        "keypoints": pose.keypoints.astype(np.float32),
        "visibility": pose.visibility.astype(np.float32),
        "segmentation": (pose.segmentation.clip(0, 1) * 255).round().astype(np.uint8),
        "labels": parse.labels,
        "probabilities": np.stack(coarse).astype(np.float16),
        "frame": parse.frame.matrix.astype(np.float64),
    }
    return _pack(arrays, facts, tag)


def person_from_bytes(data: bytes, photo: np.ndarray, tag: str) -> PersonAnalysis:
    """What `person_to_bytes` wrote about `photo`, RGB uint8 (H, W, 3). Raises AnalysisBytesError."""
    image = fit_within(photo)
    size = image.shape[:2]
    shapes = {
        "keypoints": ((KEYPOINTS, 2), np.float32),
        "visibility": ((KEYPOINTS,), np.float32),
        "segmentation": (size, np.uint8),
        "labels": (size, np.uint8),
        "probabilities": (COARSE, np.float16),
        "frame": ((2, 3), np.float64),
    }
    arrays, facts = _unpack(data, shapes, tag)
    try:
        brightness, sharpness = float(facts["brightness"]), float(facts["sharpness"])
        categories = tuple(name for name in CATEGORIES if name in facts["categories"])
    except (KeyError, TypeError, ValueError) as error:
        raise AnalysisBytesError("facts are missing") from error
    if arrays["labels"].max(initial=0) >= len(LABELS):
        raise AnalysisBytesError("labels that are none")
    silhouette = arrays["segmentation"].astype(np.float32) / 255
    pose = Pose(arrays["keypoints"], arrays["visibility"], silhouette)
    parse = _parse(arrays["labels"], arrays["probabilities"], PersonFrame(arrays["frame"]))
    check = PhotoCheck(pose, brightness, sharpness, categories)
    return PersonAnalysis(image, image is not photo, check, parse, {})


def cloth_to_bytes(cloth: ClothAnalysis, tag: str) -> bytes:
    """The masks of `cloth` and where its collar is; the rest follows from them."""
    return _pack({"mask": cloth.mask, "inside": cloth.inside}, {"collar": cloth.collar}, tag)


def cloth_from_bytes(data: bytes, picture: np.ndarray, category: str, tag: str) -> ClothAnalysis:
    """The analysis of the garment in `picture`, RGB uint8 (h, w, 3). Raises AnalysisBytesError."""
    image = fit_within(picture)
    shapes = dict.fromkeys(("mask", "inside"), (image.shape[:2], np.bool_))
    arrays, facts = _unpack(data, shapes, tag)
    mask, inside, collar = arrays["mask"], arrays["inside"], facts.get("collar")
    if not isinstance(collar, int) or not 0 <= collar < len(mask):
        raise AnalysisBytesError("facts are missing")
    if not mask.any() or (inside & ~mask).any():
        raise AnalysisBytesError("a mask of no garment")
    return ClothAnalysis(image, mask, inside, category, ClothFrame.of_cloth(mask), {}, collar=collar)


def _parse(labels: np.ndarray, coarse: np.ndarray, frame: PersonFrame) -> ParseResult:
    layers = [cv2.resize(layer, PARSER_SIZE[::-1]) for layer in coarse.astype(np.float32)]
    probabilities = np.stack(layers).clip(0, 1)
    probabilities /= np.maximum(probabilities.sum(0), 1e-6)
    entropy = -(probabilities * np.log(probabilities + 1e-9)).sum(0) / np.log(len(LABELS))
    return ParseResult(labels, probabilities, frame, entropy.clip(0, 1))


def _pack(arrays: dict[str, np.ndarray], facts: dict[str, Any], tag: str) -> bytes:
    about = {"format": str(FORMAT), "tag": tag, "facts": json.dumps(facts)}
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return zlib.compress(save(contiguous, about), level=1)


def _unpack(
    data: bytes, shapes: dict[str, tuple[tuple[int, ...], type]], tag: str
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays, which have these shapes and dtypes and are finite, and the facts."""
    try:
        stream = zlib.decompressobj()
        plain = stream.decompress(data, MOST_BYTES)
        # safetensors.numpy hands out arrays alone; the header is JSON behind its length.
        header = json.loads(plain[8 : 8 + int.from_bytes(plain[:8], "little")])
        about = header["__metadata__"]
        arrays, facts = load(plain), json.loads(about["facts"])
    except (zlib.error, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise AnalysisBytesError("unreadable") from error
    if not stream.eof:
        raise AnalysisBytesError("cut off")
    if (about.get("format"), about.get("tag")) != (str(FORMAT), tag):
        raise AnalysisBytesError("of another format, picture or model")
    found = {name: (array.shape, array.dtype) for name, array in arrays.items()}
    if found != {name: (shape, np.dtype(dtype)) for name, (shape, dtype) in shapes.items()}:
        raise AnalysisBytesError("of another shape")
    if not all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f"):
        raise AnalysisBytesError("not finite")
    return arrays, facts
