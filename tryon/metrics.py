"""How the work goes, for Prometheus: read from the database at each scrape, true of all processes.

Workers have no route in, so what they did is told here too.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .selectors.health import delivery_figures, stage_seconds, work_figures

REFUSALS = Counter(
    "tryon_refusals", "Requests to the API that were refused, by the code of the error.", ["code"]
)
"""Of this process, or of all web processes where they share PROMETHEUS_MULTIPROC_DIR."""


class WorkCollector(Collector):
    """Queue depth, age of the oldest row and failures by code of each kind of work; stages; webhooks."""

    def collect(self) -> Iterator[Metric]:
        rows = GaugeMetricFamily("tryon_work_rows", "Rows of unfinished work.", labels=["kind", "status"])
        oldest = GaugeMetricFamily(
            "tryon_work_oldest_queued_seconds", "Age of the oldest waiting row.", labels=["kind"]
        )
        failures = GaugeMetricFamily(
            "tryon_work_failed_rows", "Rows that failed within 24 hours.", labels=["kind", "code"]
        )
        for figures in work_figures():
            rows.add_metric([figures.kind, "queued"], figures.queued)
            rows.add_metric([figures.kind, "running"], figures.running)
            oldest.add_metric([figures.kind], figures.oldest_seconds)
            for code, count in figures.failures.items():
                failures.add_metric([figures.kind, code], count)
        stages = GaugeMetricFamily(
            "tryon_stage_seconds", "Median seconds of a stage of recent try-ons.", labels=["stage"]
        )
        for stage, seconds in stage_seconds().items():
            stages.add_metric([stage], seconds)
        deliveries = GaugeMetricFamily(
            "tryon_webhook_deliveries", "Deliveries of webhooks.", labels=["status"]
        )
        for status, count in delivery_figures().items():
            deliveries.add_metric([status], count)
        yield from (rows, oldest, failures, stages, deliveries)


def work_metrics() -> bytes:
    """The figures in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(WorkCollector())
    return generate_latest(registry)
