"""The Celery application. PostgreSQL holds the queue; a message here only says "there is work"."""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("tryon")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["workers"])


@setup_logging.connect
def log_like_web(**_: Any) -> None:
    """Left alone, Celery puts its own handler, format and level in the place of those of the settings."""
    dictConfig(settings.LOGGING)
