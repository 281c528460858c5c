"""How the work goes, for Prometheus: read from the database at each scrape, true of all processes."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .selectors.health import work_figures


class WorkCollector(Collector):
    """Queue depth, age of the oldest row, and failures by code of each kind of work."""

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
        yield from (rows, oldest, failures)


def work_metrics() -> bytes:
    """The figures in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(WorkCollector())
    return generate_latest(registry)
