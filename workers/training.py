"""One retraining, from the store's pictures to a candidate. Photos of people are in memory only."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction

from ml.errors import Refusal
from ml.evaluation_gate import Report, gate, gate_seconds
from ml.images import read_image
from ml.layout import LAYOUT
from ml.training.finetune import LOSSES, TWINS, Listener, Plan, StoppedError, finetune, make_twins
from ml.training.sheets import SampleSheet
from ml.training.store_set import StoreSet
from ml.twins.store import TwinStore
from ml.warpnet import Warper
from ml.weights import DamagedWeightsError, load_weights, weight_bytes
from tryon.errors import TryOnError
from tryon.model_weights import WeightsError
from tryon.models import ModelVersion, TrainingRun
from tryon.selectors.model_versions import models_serving, name_of
from tryon.selectors.samples import samples_for_training
from tryon.services.model_versions import model_register, model_versions_mark_tainted
from tryon.services.training_runs import (
    run_file,
    run_finish,
    run_forget_checkpoint,
    run_keep_checkpoint,
    run_keep_sheet,
    run_report,
)
from tryon.services.work import work_renew

from . import engines
from .engines import Engine
from .runner import LeaseLostError, Progress
from .training_reading import read_store

NETWORK = "warp"
SHEET_PEOPLE = 3
LEARNT_FROM = 0.05, 0.1, 0.85
"""Share of the work that is done when the pictures are read, the twins made, and the training over."""


def train(
    run: TrainingRun, progress: Progress[TrainingRun], before_steps: Callable[[], None] = lambda: None
) -> None:
    """Train, compare, register and finish; goes on from the checkpoint, if there is one.

    `before_steps` is called when all is read and made, and only the training itself is left to begin.
    """
    progress("reading", 0.0, eta_seconds=None)
    weights = _weights(run.base)
    engine = replace(engines.load(run.base, weights), on_trial=True)
    store, shown, manifest = read_store(
        run, engine, lambda share: progress("reading", LEARNT_FROM[0] * share)
    )
    store.require_enough()
    learnt, kept = store.split()
    progress("twins", LEARNT_FROM[0])
    twins = make_twins(_twins_folder(), TWINS, lambda count: _between(progress, count))
    base = Warper.load(run.device, weights)
    shoppers, begun = _shoppers(engine), monotonic()
    sheet = SampleSheet(engine.pipeline, base, shoppers, shown)
    to_compare = monotonic() - begun + gate_seconds(base, kept)
    before_steps()
    state = _trained(run, learnt, twins, weights, _Follower(run, sheet, to_compare))
    content = weight_bytes(state, {"version": run.name, "layout": " ".join(LAYOUT)})
    candidate = _as_it_would_serve(run, content)
    progress("comparing", LEARNT_FROM[2], eta_seconds=to_compare)
    # Asked once: whoever promotes sees one comparison, whatever is promoted meanwhile.
    serving = models_serving().current
    current = base
    if serving != run.base:
        current = Warper.load(run.device, _weights(serving))
        sheet = SampleSheet(engine.pipeline, current, shoppers, shown)
    if not run_keep_sheet(run=run, data=sheet.png(candidate, current="in service")):
        raise LeaseLostError
    report = _compared(current, candidate, kept, progress)
    version = _registered(run, content, serving, report, manifest)
    if not run_finish(run=run, candidate=version, report=report.as_json(), manifest=manifest):
        raise LeaseLostError
    run_forget_checkpoint(run=run)


def assist(run: TrainingRun, listener: Listener) -> None:
    """Take part in a training that another process of the crew leads. Raises LeaseLostError if it stops."""
    weights = _weights(run.base)
    engine = replace(engines.load(run.base, weights), on_trial=True)
    store, _, _ = read_store(run, engine, lambda share: None)
    _trained(run, store.split()[0], TwinStore.open(_twins_folder()), weights, listener)


class _Follower:
    """Writes down how a training goes, and stops it when the run is no longer ours."""

    def __init__(self, run: TrainingRun, sheet: SampleSheet, to_compare: float) -> None:
        self._run, self._sheet, self._to_compare = run, sheet, to_compare

    def on_progress(self, step: int, steps: int, losses: dict[str, float], eta: float) -> bool:
        first, last = LEARNT_FROM[1:]
        share = first + (last - first) * min(1.0, step / max(steps, 1))
        values = [losses[name] for name in LOSSES]
        left = eta + self._to_compare
        return run_report(run=self._run, step=step, share=share, losses=values, eta_seconds=left)

    def on_checkpoint(self, data: bytes) -> None:
        run_keep_checkpoint(run=self._run, data=data)

    def on_sample(self, candidate: Warper) -> None:
        run_keep_sheet(run=self._run, data=self._sheet.png(candidate, current="base"))


def _trained(
    run: TrainingRun, learnt: StoreSet, twins: TwinStore, weights: dict[str, bytes], listener: Listener
) -> dict[str, Any]:
    plan = Plan(
        steps=run.steps,
        minutes=run.minutes,
        seed=run.seed,
        device=run.device,
        threads=settings.TRYON["TRAINING_THREADS"],
    )
    base, _ = load_weights(NETWORK, weights)
    try:
        checkpoint = run_file(name=run.checkpoint) if run.checkpoint else None
        return finetune(plan, learnt, twins, base, listener, checkpoint)
    except FileNotFoundError as error:
        raise Refusal("checkpoint_damaged") from error
    except StoppedError as stopped:
        raise LeaseLostError from stopped


def _twins_folder() -> Path:
    return Path(settings.TRYON["TRAINING_FOLDER"]) / "twins"


def _weights(version: ModelVersion | None) -> dict[str, bytes]:
    """Raises TryOnError `model_damaged`."""
    try:
        return engines.weights_of(version)
    except WeightsError as error:
        raise TryOnError("model_damaged") from error


def _shoppers(engine: Engine) -> list[Any]:
    """The sample shoppers: nobody real is on a sheet."""
    folder = Path(settings.SAMPLE_FOLDER) / "shoppers"
    names = [Path(photo["image"]).name for photo in settings.TRYON["SAMPLE_PHOTOS"][:SHEET_PEOPLE]]
    return [engine.pipeline.analyse_person(read_image(folder / name)) for name in names]


def _between(progress: Progress[TrainingRun], twins: int) -> None:
    """A twin takes a tenth of a second; the row hears of every tenth."""
    if twins % 10 == 0:
        read, made = LEARNT_FROM[:2]
        progress("twins", read + (made - read) * twins / TWINS)


def _as_it_would_serve(run: TrainingRun, content: bytes) -> Warper:
    """The candidate from its file, in half precision. What is a number in single precision may be too large
    for that: no such file is taken in, and nobody can go on from its checkpoint. Raises Refusal
    training_diverged.
    """
    try:
        return Warper.load(run.device, {NETWORK: content})
    except DamagedWeightsError as error:
        if not work_renew(work=run):
            raise LeaseLostError from error
        run_forget_checkpoint(run=run)
        raise Refusal("training_diverged") from error


def _compared(current: Warper, candidate: Warper, kept: StoreSet, progress: Progress[TrainingRun]) -> Report:
    """The candidate against what is in service, whatever the run began with."""
    begun = monotonic()

    def on_pair(done: int, pairs: int) -> None:
        if done % 10 == 0:
            left = (monotonic() - begun) / done * (pairs - done)
            share = LEARNT_FROM[2] + (1 - LEARNT_FROM[2]) * done / pairs
            progress("comparing", share, eta_seconds=left)

    return gate(current, candidate, kept, on_pair=on_pair)


def _registered(
    run: TrainingRun,
    content: bytes,
    serving: ModelVersion | None,
    report: Report,
    manifest: dict[str, Any],
) -> ModelVersion:
    """The candidate's row; the same one if this process is not the first to come so far."""
    if not work_renew(work=run, stage="registering"):
        raise LeaseLostError
    try:
        version = model_register(
            name=run.name,
            files={NETWORK: content},
            base=run.base,
            metrics={"against": name_of(serving), **report.figures()},
            verdict=report.verdict,
            manifest=manifest,
            created_by=run.created_by,
        )
    except TryOnError as error:
        if error.code != "model_name_taken":
            raise
        version = ModelVersion.objects.get(name=run.name)
    # An erasure marks the versions that it finds; what was erased during the training found none.
    still = set(map(str, samples_for_training().values_list("pk", flat=True)))
    if gone := manifest["samples"].keys() - still:
        with transaction.atomic():
            model_versions_mark_tainted(sample_ids=gone)
        version.refresh_from_db()
    return version
