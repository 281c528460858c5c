"""What the comparison of a candidate found, in the reader's language."""

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tryon.errors import TryOnError
from tryon.models import TrainingRun

from .model_versions import BUILT_IN, comparison_outdated, models_serving

MEASURES: dict[str, Promise] = {"error": _("Error of the place"), "folded": _("Share folded over")}
"""Others go by their names, in capitals."""
HOLD_OUTS: dict[str, Promise] = {
    "product": _("The product's twins"),
    "store": _("Twins in the store's garments"),
    "worn": _("Garments seen worn"),
}
DIFFERENCE = _(
    "%(hold_out)s: %(measure)s went from %(current)s to %(candidate)s (difference %(difference)s, "
    "95 %% interval %(low)s to %(high)s, %(pairs)d pairs)."
)


class Comparison(NamedTuple):
    """`comparisons`: the rows of `TrainingRun.report`. `outdated`: `against` serves no more."""

    candidate: uuid.UUID | None
    against: str
    outdated: bool
    verdict: str
    why: str
    comparisons: list[dict[str, Any]]


def comparison_of(*, run: TrainingRun) -> Comparison:
    """What the gate found. Raises TryOnError `not_found` for a run that was not compared, or not yet."""
    report = run.report
    if not report:
        raise TryOnError("not_found")
    return Comparison(
        candidate=run.candidate_id,
        against=run.candidate.metrics.get("against", BUILT_IN) if run.candidate else "",
        outdated=run_outdated(run=run),
        verdict=report["verdict"],
        why=report_reason(report),
        comparisons=report["comparisons"],
    )


def run_outdated(*, run: TrainingRun) -> bool:
    """Whether the candidate does not serve and was compared with what serves no more."""
    candidate, serving = run.candidate, models_serving().current
    if candidate is None or candidate == serving:
        return False
    return comparison_outdated(version=candidate, current=serving)


def report_reason(report: Mapping[str, Any]) -> str:
    """Why the gate judged so, from the numbers of `TrainingRun.report`, a line for each thing; empty if
    there is none yet.
    """
    found = report.get("comparisons", [])
    worse, better = ([each for each in found if each["verdict"] == side] for side in ("worse", "better"))
    if worse:
        rest = [_("What is better does not make up for it.")] if better else []
        sentences = [*map(_told, worse), *rest]
    elif better:
        sentences = [*map(_told, better), _("Nothing is worse.")]
    elif any(each["enough"] for each in found):
        sentences = [_("No difference is both certain and large enough to see.")]
    else:
        sentences = [_("There are too few pairs to tell.")] if found else []
    return "\n".join(map(str, sentences))


def _told(row: Mapping[str, Any]) -> str:
    unit = f" {row['unit']}" if row["unit"] in ("px", "dB") else ""
    return DIFFERENCE % {
        "hold_out": HOLD_OUTS[row["hold_out"]],
        "measure": MEASURES.get(row["name"], row["name"].upper()),
        "current": f"{row['current']:.3g}",
        "candidate": f"{row['candidate']:.3g}{unit}",
        "difference": f"{row['difference']:+.3g}",
        "low": f"{row['low']:+.3g}",
        "high": f"{row['high']:+.3g}",
        "pairs": row["pairs"],
    }
