"""The rows behind a try-on. Writes go through `tryon.services`, reads through `tryon.selectors`."""

from .audit import AuditEntry, AuditHead, PendingAuditEntry
from .garment import Garment
from .garment_import import GarmentImport, GarmentImportItem
from .garment_preview import GarmentPreview
from .job import TryOnItem, TryOnJob
from .lookbook import Look, Lookbook, LookPicture
from .model_version import ModelVersion
from .photo import Photo
from .sealed import PendingDeletion, SealedObject
from .shopper import Consent, ErasureReceipt, Shopper
from .training import TrainingSample
from .training_run import DataSource, TrainingRun
from .webhook import WebhookDelivery, WebhookEndpoint
from .work import LeasedWork

__all__ = [
    "AuditEntry",
    "AuditHead",
    "Consent",
    "DataSource",
    "ErasureReceipt",
    "Garment",
    "GarmentImport",
    "GarmentImportItem",
    "GarmentPreview",
    "LeasedWork",
    "Look",
    "LookPicture",
    "Lookbook",
    "ModelVersion",
    "PendingAuditEntry",
    "PendingDeletion",
    "Photo",
    "SealedObject",
    "Shopper",
    "TrainingRun",
    "TrainingSample",
    "TryOnItem",
    "TryOnJob",
    "WebhookDelivery",
    "WebhookEndpoint",
]
