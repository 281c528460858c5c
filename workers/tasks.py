"""What Celery calls. A message says only that there may be work; the rows say what it is.

Each task of the queue `tryon` takes one batch and announces what is left, so that kinds of work take turns.
What shoppers wait for comes first.
The scheduler loads this module too and has no models, so handlers are imported where they run.
"""

import logging
from typing import Any

from celery import current_app, shared_task
from celery.signals import worker_process_init
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q

from tryon.announce import TASKS, announce
from tryon.models import (
    Garment,
    GarmentImport,
    GarmentImportItem,
    GarmentPreview,
    Lookbook,
    Photo,
    TrainingRun,
    TrainingSample,
    TryOnJob,
)
from tryon.selectors.keys import keys_missing
from tryon.services import retention
from tryon.services.audit import audit_link
from tryon.services.garment_imports import imports_forget
from tryon.services.garment_renewal import garments_renew
from tryon.services.key_rotation import keys_rotate
from tryon.services.webhooks import deliveries_forget
from tryon.services.work import work_sweep

from .runner import run_batch

PHOTO_CHECKED = Q(photo__isnull=True) | ~Q(photo__status__in=[Photo.Status.QUEUED, Photo.Status.RUNNING])
"""A try-on waits for the check of its photo."""
RUNG_AGAIN: dict[str, Any] = {
    "autoretry_for": (OperationalError, InterfaceError),
    "default_retry_delay": 2,
    "max_retries": None,
}
"""While the database restarts, a message is kept for later: else the workers would use up all of them."""
FETCHED = ~Q(image="")
"""An item of an import waits for its picture."""
ROTATION_SECONDS = 5.0
"""A turn of the rotation: erasures wait in the same queue."""
TRAINING_SECONDS = 48 * 3600.0
"""A training of a day, on a busy machine. One that hangs is found by its lease, not by this."""
logger = logging.getLogger(__name__)


@worker_process_init.connect
def load_models(**_: Any) -> None:
    """Load the models before the first task. A time limit that strikes during an import would leave the
    process with half a library, and all its later work would fail."""
    if "tryon" in current_app.amqp.queues.consume_from:
        from . import engines, handlers  # noqa: F401  (the handlers bring libraries of their own)

        engines.engine()


@shared_task(name="workers.check_photos", **RUNG_AGAIN)
def check_photos() -> int:
    """Check one batch of photos and wake the try-ons that waited for it; returns how many."""
    from . import handlers

    checked = run_batch(model=Photo, handle=handlers.check_photo, limit=_batch_size())
    if checked and TryOnJob.objects.filter(PHOTO_CHECKED, status=TryOnJob.Status.QUEUED).exists():
        announce(TryOnJob)
    return checked


@shared_task(name="workers.prepare_garments", **RUNG_AGAIN)
def prepare_garments() -> int:
    """Prepare one garment; returns how many."""
    from . import handlers

    return run_batch(model=Garment, handle=handlers.prepare_garment, limit=1)


@shared_task(name="workers.prepare_samples", **RUNG_AGAIN)
def prepare_samples() -> int:
    """Prepare one training sample; returns how many."""
    from . import handlers

    return run_batch(model=TrainingSample, handle=handlers.prepare_sample, limit=1)


@shared_task(name="workers.run_tryons", **RUNG_AGAIN)
def run_tryons() -> int:
    """Make one batch of pictures; returns how many."""
    from . import handlers

    return run_batch(model=TryOnJob, handle=handlers.run_tryon, limit=_batch_size(), claimable=PHOTO_CHECKED)


@shared_task(
    name="workers.train_runs",
    **RUNG_AGAIN,
    # It runs longer than the broker waits for an answer; and the row, not the message, is the work.
    acks_late=False,
    soft_time_limit=TRAINING_SECONDS,
    time_limit=TRAINING_SECONDS + 60,
)
def train_runs() -> int:
    """Do one retraining on a device of this trainer; returns how many."""
    from . import training

    mine = Q(device__in=settings.TRYON["TRAINING_DEVICES"])
    return run_batch(model=TrainingRun, handle=training.train, limit=1, claimable=mine)


@shared_task(name="workers.collect_imports", **RUNG_AGAIN)
def collect_imports() -> int:
    """Fetch pictures of one import for a turn; returns how many imports had one. May talk to the outside."""
    from .imports import collect

    return run_batch(model=GarmentImport, handle=collect, limit=1)


@shared_task(name="workers.look_at_import_items", **RUNG_AGAIN)
def look_at_import_items() -> int:
    """Look at one picture of an import; returns how many."""
    from . import import_items

    return run_batch(model=GarmentImportItem, handle=import_items.look, limit=1, claimable=FETCHED)


@shared_task(name="workers.make_previews", **RUNG_AGAIN)
def make_previews() -> int:
    """Put a garment on one sample shopper; returns how many."""
    from . import previews

    return run_batch(model=GarmentPreview, handle=previews.make_preview, limit=1)


@shared_task(name="workers.make_lookbooks", **RUNG_AGAIN)
def make_lookbooks() -> int:
    """Make pictures of one lookbook for a turn; returns how many lookbooks had one."""
    from . import lookbooks

    return run_batch(model=Lookbook, handle=lookbooks.make_lookbook, limit=1)


@shared_task(name="workers.sweep")
def sweep() -> None:
    """Take rows back from workers that are gone, announce what waits unheard, take up garments that are to be
    prepared again, and link the audit trail."""
    for model in TASKS:
        work_sweep(model=model)
    garments_renew()
    audit_link()


@shared_task(name="workers.retention_sweep")
def retention_sweep() -> None:
    """Erase photos and pictures whose time is up."""
    retention.retention_sweep()


@shared_task(name="workers.rotate_keys")
def rotate_keys() -> int:
    """Wrap data keys by the current key, as many as a turn allows; returns how many. Logs missing keys."""
    if missing := keys_missing():
        logger.error("Photos are wrapped by keys that are not in the ring: %s", ", ".join(missing))
    return keys_rotate(seconds=ROTATION_SECONDS).rewrapped


@shared_task(name="workers.deliver_webhooks")
def deliver_webhooks() -> int:
    """Send a batch of events to stores; returns how many. Talks to the outside."""
    from .webhooks import deliver

    sent = deliver()
    if sent:
        deliver_webhooks.apply_async(retry=False, ignore_result=True)
    return sent


@shared_task(name="workers.forget_webhooks")
def forget_webhooks() -> int:
    """Delete old deliveries; returns how many."""
    return deliveries_forget()


@shared_task(name="workers.forget_imports")
def forget_imports() -> int:
    """Delete old imports; returns how many."""
    return imports_forget()


def _batch_size() -> int:
    size: int = settings.TRYON["BATCH_SIZE"]
    return size
