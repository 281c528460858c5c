"""Telling the workers that there is work. A message carries nothing: the rows in the database are the queue.

A lost message costs time, never work: the sweeper announces again what has waited too long.
"""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from .models import (
    Garment,
    GarmentImport,
    GarmentImportItem,
    GarmentPreview,
    LeasedWork,
    Lookbook,
    Photo,
    TrainingRun,
    TrainingSample,
    TryOnJob,
)

logger = logging.getLogger(__name__)

TASKS: dict[type[LeasedWork], str] = {
    Photo: "workers.check_photos",
    Garment: "workers.prepare_garments",
    TryOnJob: "workers.run_tryons",
    TrainingSample: "workers.prepare_samples",
    TrainingRun: "workers.train_runs",
    GarmentImport: "workers.collect_imports",
    GarmentImportItem: "workers.look_at_import_items",
    GarmentPreview: "workers.make_previews",
    Lookbook: "workers.make_lookbooks",
}
"""Celery tasks are named, not imported: this app knows no workers."""

QUEUES: dict[type[LeasedWork], str] = dict.fromkeys(TASKS, "tryon") | {
    GarmentImport: "maintenance",
    TrainingRun: "training",
}
"""What needs a way out is not for those who hold models. A training takes hours: nobody waits behind it."""

SOONEST, LATER = 0, 6
"""Priorities of messages. On Redis and Valkey 0 comes first."""
PRIORITIES: dict[type[LeasedWork], int] = dict.fromkeys(TASKS, LATER) | {Photo: SOONEST, TryOnJob: SOONEST}
"""Somebody stands before the mirror: the garments of a large import wait, not they."""


def announce(model: type[LeasedWork]) -> None:
    """Wake a worker for the rows of `model`. A broker that is down is logged and survived."""
    try:
        current_app.send_task(
            TASKS[model],
            queue=QUEUES[model],
            priority=PRIORITIES[model],
            retry=False,
            ignore_result=True,
        )
    except (OperationalError, OSError) as error:
        logger.warning("Could not announce %s: %s", TASKS[model], type(error).__name__)


def announce_on_commit(model: type[LeasedWork]) -> None:
    """Announce once the rows can be seen by others: at the end of the transaction, at once outside one."""
    transaction.on_commit(partial(announce, model), robust=True)
