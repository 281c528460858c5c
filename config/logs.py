"""Logs as JSON lines on standard error, without personal data."""

import logging
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

PERSONAL = frozenset({"ip", "user_agent", "user_id", "email", "username"})


def drop_personal_data(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Remove fields that name a person, and query strings, which may carry anything."""
    for field in PERSONAL & event.keys():
        del event[field]
    if isinstance(request := event.get("request"), str):
        event["request"] = request.split("?", 1)[0]
    return event


def logging_config(level: str) -> dict[str, Any]:
    """Django's LOGGING: every logger of the process through one structlog formatter, Python's warnings too.

    `level` is the name of a standard level. Standard library records pass the same processors.
    """
    logging.captureWarnings(True)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_personal_data,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # It would log each refused request with its address in full.
            "django.request": {"level": "ERROR"},
        },
    }
