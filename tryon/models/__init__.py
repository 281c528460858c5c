"""The rows behind a try-on. Writes go through `tryon.services`, reads through `tryon.selectors`."""

from .garment import Garment
from .job import TryOnItem, TryOnJob
from .photo import Photo
from .sealed import SealedObject
from .shopper import Consent, ErasureReceipt, Shopper
from .work import LeasedWork

__all__ = [
    "Consent",
    "ErasureReceipt",
    "Garment",
    "LeasedWork",
    "Photo",
    "SealedObject",
    "Shopper",
    "TryOnItem",
    "TryOnJob",
]
