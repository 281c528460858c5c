"""Human parsing: which of nine classes each pixel of a framed person belongs to."""

from typing import Self

import cv2
import numpy as np
import torch
from torch import Tensor

from ml import efficientnet
from ml.crops import NETWORK_SIZE, PersonFrame, joint_heatmaps
from ml.labels import LABELS, PARSER_SIZE, ParseResult
from ml.pose import JOINT_COUNT, MIRRORED_JOINTS, Pose
from ml.precision import autocast, best_device, for_inference, memory_format
from ml.unet import UNet
from ml.weights import FOLDER, WeightSource, load_network

DECISIVE = 3.0
"""How many times as likely a dress must be as a top with a lower garment, or the reverse, to be all."""

INPUT_CHANNELS = 3 + 1 + JOINT_COUNT
WIDTHS = (32, 48, 80, 128)
"""Channels of the decoder at a half, a quarter, ... of the frame."""


class ParsingNet(UNet):
    """From (N, 17, h, w) features to (N, 9, h/2, w/2) logits; h and w are multiples of 32.

    The encoder is an EfficientNet-Lite0, so that it can begin with what that has learnt of a million pictures
    (`ml.training.backbone`): a thousand labelled people are too few to learn to see from.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__(
            efficientnet.stem(INPUT_CHANNELS),
            efficientnet.stages(),
            efficientnet.CHANNELS,
            widths,
            len(LABELS),
        )


def parser_input(
    image: np.ndarray, joints: np.ndarray, visibility: np.ndarray, silhouette: np.ndarray
) -> np.ndarray:
    """Features of a framed person: (17, h, w) float32, RGB in -1..1, silhouette, 13 joint heatmaps.

    image: (h, w, 3) uint8. joints: (13, 2) px of that frame. visibility: (13,). silhouette: (h, w) 0..1.
    """
    features = np.empty((INPUT_CHANNELS, *image.shape[:2]), np.float32)
    np.multiply(np.moveaxis(image, -1, 0), np.float32(1 / 127.5), out=features[:3])
    features[:3] -= 1
    features[3] = silhouette
    features[4:] = joint_heatmaps(joints, visibility, image.shape[:2])
    return features


def framed_input(image: np.ndarray, pose: Pose, frame: PersonFrame, size: tuple[int, int]) -> np.ndarray:
    """`parser_input` (17, h, w) of a person in a photo (H, W, 3), seen in `frame` at `size` (h, w)."""
    joints, visibility = pose.joints()
    return parser_input(
        frame.to_network(image, size),
        frame.points_to_network(joints, size),
        visibility,
        frame.to_network(pose.segmentation, size, fill=0),
    )


def mirrored(features: Tensor) -> Tensor:
    """(N, 17, h, w) parser features seen in a mirror: left and right joints change places."""
    joints = features[:, 4:][:, list(MIRRORED_JOINTS)]
    return torch.cat([features[:, :4], joints], 1).flip(3)


def one_or_two_garments(probabilities: np.ndarray, hips: float) -> np.ndarray:
    """(9, h, w) probabilities changed so that the person wears a dress, or a top with something below it,
    if one of these is far likelier than the other.

    The network judges pixel by pixel and often sees a dress in the skirt below a top. hips: row of the hips.
    Where it wavers over the whole person, to decide for it would be wrong as often as not.
    """
    upper, dress, lower = (LABELS.index(name) for name in ("upper", "dress", "lower"))
    waist = max(0, round(hips - 0.04 * probabilities.shape[1]))
    one, two = (
        probabilities[dress].sum(),
        probabilities[upper, :waist].sum() + probabilities[lower, waist:].sum(),
    )
    changed = probabilities.copy()
    if two >= DECISIVE * one:
        changed[upper, :waist] += probabilities[dress, :waist]
        changed[lower, waist:] += probabilities[dress, waist:]
        changed[dress] = 0
    elif one >= DECISIVE * two:
        changed[dress] += probabilities[upper]
        changed[upper] = 0
    return changed


def sharpened(probabilities: np.ndarray, image: np.ndarray) -> np.ndarray:
    """(9, h, w) probabilities drawn to the edges of `image`, (H, W, 3) uint8: (9, H, W) float32.

    By a guided filter (He et al., 2010).
    """
    height, width = image.shape[:2]
    guided = cv2.ximgproc.createGuidedFilter(image, 6, (0.03 * 255) ** 2)
    layers = (cv2.resize(layer, (width, height)) for layer in probabilities)
    filtered = np.stack([guided.filter(layer) for layer in layers]).clip(0, 1)
    return filtered / filtered.sum(0)


def photo_labels(probabilities: np.ndarray, frame: PersonFrame, photo_size: tuple[int, int]) -> np.ndarray:
    """The likeliest label of each photo pixel, (H, W) uint8, from (9, h, w) probabilities over the frame."""
    best = frame.to_photo(probabilities[0], photo_size, fill=1)
    labels = np.zeros(photo_size, np.uint8)
    for index in range(1, len(probabilities)):
        layer = frame.to_photo(probabilities[index], photo_size)
        better = layer > best
        labels[better] = index
        best[better] = layer[better]
    return labels


class Parser:
    """ParsingNet with its weights, from photo to photo."""

    def __init__(self, network: ParsingNet, device: torch.device, version: str) -> None:
        self.version = version
        self._device = device
        self._network = for_inference(network, device)

    @classmethod
    def load(cls, device: str = "auto", weights: WeightSource = FOLDER) -> Self:
        """The parser with these weights. Raises MissingWeightsError and DamagedWeightsError."""
        network = ParsingNet()
        metadata = load_network(network, "parser", weights)
        return cls(network, best_device(device), metadata["version"])

    def parse(self, image: np.ndarray, pose: Pose) -> ParseResult:
        """The parts of the person with `pose` in `image`, RGB uint8 (H, W, 3). ValueError if it is empty."""
        joints, visibility = pose.joints()
        frame = PersonFrame.of_person(joints, visibility, pose.segmentation)
        framed = frame.to_network(image, PARSER_SIZE)
        height, width = PARSER_SIZE[0] // 2, PARSER_SIZE[1] // 2
        mean = np.zeros((len(LABELS), height, width), np.float32)
        # The smaller frame shows more at once and tells garments apart, the larger finds their edges.
        for size in (NETWORK_SIZE, PARSER_SIZE):
            features = framed_input(image, pose, frame, size)
            layers = self.probabilities(torch.from_numpy(features)[None])[0].numpy()
            mean += np.stack([cv2.resize(layer, (width, height)) for layer in layers]) / 2
        hips = frame.points_to_network(joints[7:9], (height, width))[:, 1].mean()
        probabilities = sharpened(one_or_two_garments(mean, float(np.clip(hips, 0, height))), framed)
        entropy = -(probabilities * np.log(probabilities + 1e-9)).sum(0) / np.log(len(LABELS))
        labels = photo_labels(probabilities, frame, image.shape[:2])
        return ParseResult(labels, probabilities, frame, entropy.clip(0, 1))

    @torch.inference_mode()
    def features(self, image: np.ndarray, pose: Pose) -> np.ndarray:
        """What the encoder sees, on the whole, of the person with `pose` in `image`, RGB uint8 (H, W, 3):
        (320,) float32.
        """
        frame = PersonFrame.of_person(*pose.joints(), pose.segmentation)
        features = torch.from_numpy(framed_input(image, pose, frame, NETWORK_SIZE))[None]
        with autocast(self._device):
            deepest = self._network.encoded(
                features.to(self._device, memory_format=memory_format(self._device))
            )[-1]
        return deepest[0].float().mean((1, 2)).cpu().numpy()

    @torch.inference_mode()
    def probabilities(self, features: Tensor) -> Tensor:
        """(N, 9, h/2, w/2) float32 on the CPU for (N, 17, h, w) features; mean over them and their mirror."""
        features = features.to(self._device, memory_format=memory_format(self._device))
        both = torch.cat([features, mirrored(features)])
        with autocast(self._device):
            logits = self._network(both)
        straight, flipped = logits.float().softmax(1).chunk(2)
        return ((straight + flipped.flip(3)) / 2).cpu()
