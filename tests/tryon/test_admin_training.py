"""The pages of retrainings: starting, watching, steering, comparing."""

import re
from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.tryon import factories
from tryon.models import ModelVersion, TrainingRun
from tryon.services.training_runs import (
    run_cancel,
    run_file,
    run_keep_checkpoint,
    run_keep_sheet,
    run_pause,
    run_start,
)
from tryon.services.work import work_claim

pytestmark = pytest.mark.django_db
ADD = "/admin/tryon/trainingrun/add/"
EVERYTHING = {"categories": ["upper_body", "dresses"], "sources": ["garments", "merchant", "shopper"]}
REPORT = {
    "verdict": "better",
    "why": "Error on twins in the store's garments went from 3 to 2 px.",
    "comparisons": [
        {
            "name": "error",
            "hold_out": "store",
            "unit": "px",
            "pairs": 120,
            "current": 3.0,
            "candidate": 2.0,
            "difference": -1.0,
            "low": -1.25,
            "high": -0.75,
            "verdict": "better",
            "enough": True,
        },
        {
            "name": "ssim",
            "hold_out": "worn",
            "unit": "",
            "pairs": 0,
            "current": 0.0,
            "candidate": 0.0,
            "difference": 0.0,
            "low": 0.0,
            "high": 0.0,
            "verdict": "same",
            "enough": False,
        },
    ],
}


@pytest.fixture
def admin(valkey: str) -> Client:
    browser = Client()
    browser.force_login(factories.user("root", is_staff=True, is_superuser=True))
    return browser


@pytest.fixture(autouse=True)
def _own_store(settings: Settings, tmp_path: object) -> None:
    store = {"BACKEND": "config.durable_files.DurableFileStore", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"models": store}


@pytest.fixture
def stock() -> None:
    for number in range(14):
        factories.garment(category="dresses" if number % 4 == 0 else "upper_body")


@pytest.fixture
def run(stock: None) -> TrainingRun:
    return run_start(base=None, categories=[], steps=9, seed=1, created_by=None)


def page_of(run: TrainingRun, name: str = "change") -> str:
    return reverse(f"admin:tryon_trainingrun_{name}", args=[run.pk])


def steer(admin: Client, run: TrainingRun, deed: str) -> int:
    status = admin.post(page_of(run, "steer"), {"deed": deed}).status_code
    run.refresh_from_db()
    return status


@pytest.mark.usefixtures("stock")
def test_the_form_says_what_there_is_and_starts_a_run(admin: Client) -> None:
    page = admin.get(ADD).content.decode()
    assert re.search(r"<strong>10</strong> Tops", page)
    assert re.search(r"<strong>4</strong> Dresses", page)
    assert re.search(r"<strong>0</strong> Photos of models", page)
    assert re.search(r"<strong>0</strong> Photos of shoppers", page)
    assert "At least 12 of at least 2 categories" in page
    order = {
        "categories": ["upper_body", "dresses"],
        "sources": ["garments", "merchant"],
        "since": "2020-02-01",
        "minutes": "7.5",
        "steps": "",
        "device": "cpu",
        "base": "",
    }
    answer = admin.post(ADD, order)
    run = TrainingRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(run))
    assert (run.minutes, run.steps, run.categories) == (7.5, None, ["dresses", "upper_body"])
    assert (run.sources, run.since) == (["garments", "merchant"], date(2020, 2, 1))
    page = admin.get(page_of(run)).text
    assert (
        "Dresses, Tops · Garments, Photos of models, with a licence note · added since Feb. 1, 2020" in page
    )
    assert run.created_by.username == "root"


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize(
    ("order", "text"),
    [
        ({"minutes": "5", "steps": "5"}, "Either minutes or steps, not both."),
        ({"minutes": "", "steps": ""}, "Say how long to train: minutes or steps."),
        ({"minutes": "-1"}, "greater than or equal to 0.1"),
        ({"minutes": "5", "categories": ["hats"]}, "hats is not one of the available choices"),
        ({"minutes": "5", "categories": ["upper_body"]}, "fewer than 12 prepared garments"),
        ({"minutes": "5", "device": "cuda"}, "No trainer serves this device."),
        ({"minutes": "5", "sources": ["merchant"]}, "fewer than 12 prepared garments"),
        ({"minutes": "5", "since": "2999-01-01"}, "fewer than 12 prepared garments"),
        ({"minutes": "5", "since": "soon"}, "Enter a valid date."),
        ({"minutes": "5", "sources": []}, "This field is required."),
    ],
)
def test_a_bad_order_is_answered_with_what_to_do(admin: Client, order: dict, text: str) -> None:
    order = EVERYTHING | {"device": "cpu"} | order
    assert text in admin.post(ADD, order, follow=True).content.decode()
    assert not TrainingRun.objects.exists()


def test_a_second_start_is_told_that_one_runs(admin: Client, run: TrainingRun) -> None:
    order = EVERYTHING | {"device": "cpu", "minutes": "5"}
    page = admin.post(ADD, order, follow=True).content.decode()
    assert "A training is active on this device already." in page
    assert TrainingRun.objects.get() == run


def test_the_page_and_its_script_are_told_how_far_the_run_is(admin: Client, run: TrainingRun) -> None:
    (claimed,) = work_claim(model=TrainingRun, limit=1)
    TrainingRun.objects.update(
        stage="training", progress=0.5, step=4, eta_seconds=75.5, curve=[[1, 3, 2, 1], [4, 2, 1, 0.5]]
    )
    state = admin.get(page_of(run, "progress")).json()
    assert state == {
        "status": "running",
        "label": "Working",
        "stage": "training",
        "stage_label": "Training",
        "progress": 0.5,
        "step": 4,
        "eta_seconds": 75.5,
        "curve": [[1, 3, 2, 1], [4, 2, 1, 0.5]],
        "sheet": None,
        "error": "",
        "ended": False,
    }
    assert admin.get(page_of(run, "sheet")).status_code == 404
    assert run_keep_sheet(run=claimed, data=b"\x89PNG")
    sheet = admin.get(admin.get(page_of(run, "progress")).json()["sheet"])
    assert (sheet.content, sheet["Content-Type"]) == (b"\x89PNG", "image/png")
    page = admin.get(page_of(run)).content.decode()
    assert f'data-url="{page_of(run, "progress")}"' in page
    assert [deed for deed in ("pause", "resume", "cancel") if f'value="{deed}"' in page] == [
        "pause",
        "cancel",
    ]
    # A strict policy would let everything of ours on the page run.
    ours = page[page.index('id="training"') :]
    assert "style=" not in ours[: ours.index("training-sheet")]


def test_a_run_is_paused_resumed_and_cancelled(admin: Client, run: TrainingRun) -> None:
    assert (steer(admin, run, "pause"), run.status) == (302, "paused")
    assert (steer(admin, run, "resume"), run.status) == (302, "queued")
    assert (steer(admin, run, "cancel"), run.status) == (302, "cancelled")
    late = admin.post(page_of(run, "steer"), {"deed": "pause"}, follow=True)
    assert "This training has ended." in late.content.decode()
    assert (steer(admin, run, "explode"), run.status) == (404, "cancelled")
    assert admin.get(page_of(run, "steer")).status_code == 405


def test_who_may_only_look_cannot_steer(run: TrainingRun, valkey: str) -> None:
    clerk = factories.user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_trainingrun"))
    browser = Client()
    browser.force_login(clerk)
    assert 'name="deed"' not in browser.get(page_of(run)).content.decode()
    assert steer(browser, run, "pause") == 403
    assert run.status == "queued"
    assert browser.get(ADD).status_code == 403


def test_the_comparison_shows_numbers_and_leads_to_the_promotion(admin: Client, run: TrainingRun) -> None:
    assert admin.get(page_of(run, "comparison")).status_code == 404
    version = ModelVersion.objects.create(name=run.name, files={}, verdict="better")
    TrainingRun.objects.update(status="succeeded", candidate=version, report=REPORT)
    page = admin.get(page_of(run, "comparison")).content.decode()
    for text in (
        "Twins in the store&#x27;s garments: Error of the place went from 3 to 2 px (difference -1, 95 % "
        "interval -1.25 to -0.75, 120 pairs).<br>Nothing is worse.",
        "-1.2500 … -0.7500",
        "No pairs:",
        'data-verdict="better"',
    ):
        assert text in page
    assert reverse("admin:tryon_modelversion_promote", args=[version.pk]) in page
    assert page_of(run, "comparison") in admin.get(page_of(run)).content.decode()


def test_the_reason_is_told_in_the_language_of_the_reader(admin: Client, run: TrainingRun) -> None:
    version = ModelVersion.objects.create(name=run.name, files={}, verdict="better", metrics={"why": "Old."})
    TrainingRun.objects.update(status="succeeded", candidate=version, report=REPORT)
    admin.cookies["django_language"] = "zh-hans"
    told = "商店服装的合成对：位置误差从 3 变为 2 px（差值 -1，95 % 区间 -1.25 至 -0.75，120 对）。"
    assert f"{told}<br>没有任何指标变差。" in admin.get(page_of(run, "comparison")).text
    listed = admin.get("/admin/tryon/modelversion/").text
    figures = admin.get(f"/admin/tryon/modelversion/{version.pk}/change/").text
    for page in (listed, figures):
        assert told in page
        assert "Old." not in page


def test_a_run_that_is_not_there_is_not_found(admin: Client, run: TrainingRun) -> None:
    gone = page_of(run)
    TrainingRun.objects.all().delete()
    assert admin.get(gone).status_code == 302
    for name in ("progress", "sheet", "comparison"):
        assert admin.get(page_of(run, name)).status_code == 404


class TestApi:
    ADDRESS = "/api/v1/training-runs/"

    def post(self, browser: Client, address: str, **fields: object) -> tuple[int, dict]:
        answer = browser.post(address, fields, content_type="application/json")
        return answer.status_code, answer.json()

    @pytest.mark.usefixtures("stock")
    def test_a_run_is_started_listed_and_steered(self, admin: Client) -> None:
        order = {"categories": ["upper_body", "dresses"], "sources": ["garments"], "since": "2020-02-01"}
        status, run = self.post(admin, self.ADDRESS, steps=5, seed=3, **order)
        assert (status, run["status"], run["steps"], run["seed"], run["error"]) == (201, "queued", 5, 3, None)
        assert (run["sources"], run["since"]) == (["garments"], "2020-02-01")
        assert [each["id"] for each in admin.get(self.ADDRESS).json()["results"]] == [run["id"]]
        one = f"{self.ADDRESS}{run['id']}/"
        assert self.post(admin, one, deed="pause")[1]["status"] == "paused"
        assert self.post(admin, one, deed="resume")[1]["status"] == "queued"
        status, again = self.post(admin, self.ADDRESS, minutes=5)
        assert (status, again["errors"][0]["code"]) == (409, "training_running")
        assert self.post(admin, one, deed="cancel")[1]["status"] == "cancelled"
        assert self.post(admin, one, deed="cancel")[1]["errors"][0]["code"] == "training_not_active"
        assert self.post(admin, one, deed="dance")[0] == 400

    @pytest.mark.usefixtures("stock")
    @pytest.mark.parametrize(
        ("order", "status", "code"),
        [
            ({}, 422, "training_length"),
            ({"minutes": 5, "steps": 5}, 422, "training_length"),
            ({"minutes": 5, "categories": ["dresses"]}, 422, "training_set_too_small"),
            ({"minutes": 5, "categories": ["hats"]}, 400, "invalid_choice"),
            ({"minutes": 5, "sources": ["shopper"]}, 422, "training_set_too_small"),
            ({"minutes": 5, "sources": ["friends"]}, 400, "invalid_choice"),
            ({"minutes": 5, "since": "2999-01-01"}, 422, "training_set_too_small"),
            ({"minutes": 5, "since": "soon"}, 400, "invalid"),
            ({"minutes": "NaN"}, 400, "invalid"),
            ({"minutes": 5, "base": "9e107d9d-372b-4b82-8f1e-000000000000"}, 400, "does_not_exist"),
        ],
    )
    def test_a_bad_order_is_refused(self, admin: Client, order: dict, status: int, code: str) -> None:
        answer = self.post(admin, self.ADDRESS, **order)
        assert (answer[0], answer[1]["errors"][0]["code"]) == (status, code)
        assert not TrainingRun.objects.exists()


@pytest.mark.usefixtures("stock")
def test_the_command_starts_a_run_and_says_why_not(capsys: pytest.CaptureFixture) -> None:
    call_command("retrain", "--steps", "4", "--no-follow", "--seed", "2")
    run = TrainingRun.objects.get()
    assert capsys.readouterr().out.strip() == f"{run.pk} {run.name}"
    assert (run.steps, run.seed, run.since) == (4, 2, None)
    assert run.sources == ["garments", "merchant", "shopper"]
    with pytest.raises(CommandError, match="training_running"):
        call_command("retrain", "--no-follow")
    run_cancel(run=run)
    call_command("retrain", "--no-follow", "--source", "garments", "--since", "2020-02-01")
    run = TrainingRun.objects.latest("created_at")
    assert (run.sources, run.since) == (["garments"], date(2020, 2, 1))
    with pytest.raises(CommandError, match="training_set_too_small"):
        call_command("retrain", "--no-follow", "--source", "merchant")
    for wrong in (["--since", "soon"], ["--source", "friends"]):
        with pytest.raises(CommandError, match="argument --s"):
            call_command("retrain", *wrong)
    with pytest.raises(CommandError, match="There is no version nonsense"):
        call_command("retrain", "--base", "nonsense")


def test_the_command_follows_a_run_to_its_end(
    monkeypatch: pytest.MonkeyPatch, stock: None, capsys: pytest.CaptureFixture
) -> None:
    ends = iter([{"step": 2, "curve": [[2, 3.0, 2.0, 1.0]]}, {"status": "succeeded", "report": REPORT}])
    monkeypatch.setattr("time.sleep", lambda _: TrainingRun.objects.update(**next(ends)))
    call_command("retrain", "--steps", "4")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].endswith("queued  2 3.000 2.000 1.000")
    assert lines[-1] == f"better: {REPORT['why']}"


def test_a_failed_run_with_a_checkpoint_can_be_resumed_from_its_page(admin: Client, run: TrainingRun) -> None:
    (claimed,) = work_claim(model=TrainingRun, limit=1)
    assert run_keep_checkpoint(run=claimed, data=b"x")
    TrainingRun.objects.update(status="failed", error_code="disk_full", lease_until=None)
    page = admin.get(page_of(run)).content.decode()
    assert "There is no room left to write to." in page
    assert 'value="resume"' in page
    assert (steer(admin, run, "resume"), run.status, run_file(name=run.checkpoint)) == (302, "queued", b"x")
    run_pause(run=run)
