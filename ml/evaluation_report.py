"""What an evaluation has found: report.json and the table that people read."""

import resource
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ml.contact import Entry
from ml.groups import terciles
from ml.measuring import AVERAGED, LARGEST
from ml.metrics import estimate, summary
from ml.progress import STAGES

MODEL = "model"
"""Name of what is evaluated, beside the baselines."""
KID = "kid"
"""Name of the distance of all results of a method from all photos."""
KINDS = ("category", "sleeves", "arms", "body", "skin tone", "confidence")
"""By what the model's numbers are broken down."""
LABEL, COLUMN = 20, 26
"""Widths of the table's first and other columns."""


@dataclass
class Tally:
    """What is gathered while pairs are tried on: each pair's record, with its numbers by method."""

    pairs: list[dict[str, Any]] = field(default_factory=list)
    timings: dict[str, list[float]] = field(
        default_factory=lambda: {stage: [] for stage in (*STAGES, "total")}
    )
    entries: list[Entry] = field(default_factory=list)

    def report(self, model_version: str, distances: dict[str, dict[str, float]]) -> dict[str, Any]:
        """The contents of report.json. distances: of each method, as of `ml.kid`."""
        done = [pair for pair in self.pairs if "refused" not in pair]
        refusals = Counter(pair["refused"] for pair in self.pairs if "refused" in pair)
        scores = {MODEL: scored(done)}
        for method in dict.fromkeys(name for pair in done for name in pair["baselines"]):
            scores[method] = scored(
                [pair["baselines"][method] for pair in done if method in pair["baselines"]]
            )
        for method, distance in distances.items():
            scores[method][KID] = distance
        return {
            "model_version": model_version,
            "pairs": len(self.pairs),
            "results": len(done),
            "refusals": dict(refusals),
            "refused_share": round(sum(refusals.values()) / max(len(self.pairs), 1), 4),
            "outside_difference_max": max((pair["outside_difference"] for pair in done), default=None),
            "face_difference_max": max((pair["face_difference"] for pair in done), default=None),
            "seconds": {stage: summary(values) for stage, values in self.timings.items()},
            "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "scores": scores,
            "breakdown": breakdown(done),
            "each": self.pairs,
        }


def scored(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Every number over `records`: the largest, or the mean with its interval and count."""
    found: dict[str, Any] = {}
    for name in (*LARGEST, *AVERAGED):
        values = [record[name] for record in records if name in record]
        if values:
            found[name] = {"max": max(values), "n": len(values)} if name in LARGEST else estimate(values)
    return found


def breakdown(records: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The model's numbers by kind and group. Bodies are sorted into thirds of those present."""
    bodies = terciles([record["breadth"] for record in records])
    parts: dict[str, dict[str, list[dict[str, Any]]]] = {kind: {} for kind in KINDS}
    for record, body in zip(records, bodies, strict=True):
        for kind, group in {**record["groups"], "category": record["category"], "body": body}.items():
            parts[kind].setdefault(group, []).append(record)
    return {
        kind: {group: scored(members) for group, members in sorted(groups.items())}
        for kind, groups in parts.items()
        if groups
    }


def table(report: dict[str, Any]) -> str:
    """The report for people: methods side by side, then the model's groups."""
    scores, names = report["scores"], [*LARGEST, *AVERAGED, KID]
    lines = [f"{report['results']} of {report['pairs']} pairs; refused: {report['refusals'] or 'none'}"]
    lines += ["", _row("mean [95 % interval]", list(scores))]
    for name in names:
        cells = [_cell(found.get(name)) for found in scores.values()]
        if any(cells):
            lines.append(_row(name, cells))
    shown = [name for name in AVERAGED if name in scores[MODEL] and name not in ("mask_share", "confidence")]
    for kind, groups in report["breakdown"].items():
        lines += ["", _row(kind, shown)]
        lines += [_row(group, [_cell(found.get(name)) for name in shown]) for group, found in groups.items()]
    return "\n".join(lines)


def _row(label: str, cells: Sequence[str]) -> str:
    return f"{label:<{LABEL}}" + "".join(f" {cell:>{COLUMN}}" for cell in cells)


def _cell(found: dict[str, float] | None) -> str:
    """One number as it stands in the table, with its count; empty for none."""
    if not found:
        return ""
    if "max" in found:
        return f"max {found['max']} ({found['n']})"
    if "std" in found:
        return f"{found['mean']:.3g} +- {found['std']:.2g} ({found['n']})"
    return f"{found['mean']:.3g} [{found['low']:.3g}, {found['high']:.3g}] ({found['n']})"
