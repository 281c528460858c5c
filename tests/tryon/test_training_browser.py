"""The pages of a retraining in a real browser: watching, pausing, going on, comparing."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from shop.roles import TRAINER
from tests.tryon import factories
from tests.tryon.staff_pages import staff_page
from tests.tryon.test_admin_browser import RULES, browser  # noqa: F401  (a fixture)
from tests.tryon.test_admin_training import REPORT, page_of
from tryon.models import Garment, ModelVersion, TrainingRun
from tryon.services.training_runs import run_keep_sheet, run_start
from tryon.services.work import work_claim

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SIGHTS = (1280, 800, "light"), (820, 1180, "dark")
CURVE = [[step, 9.0 - step / 4, 2.0 - step / 10, 1.0 - step / 20] for step in range(1, 11)]


@pytest.fixture
def page(
    browser: Browser,  # noqa: F811
    live_server: LiveServer,
    own_stores: None,
) -> Iterator[Page]:
    with staff_page(browser, live_server.url, TRAINER) as page:
        yield page


@pytest.fixture
def run(own_stores: None, settings: Settings, tmp_path: Path, transactional_db: None) -> TrainingRun:
    """A run that a worker has just begun."""
    for number in range(14):
        factories.garment(category="dresses" if number % 4 == 0 else "upper_body")
    run_start(base=None, categories=[], steps=40, seed=1, created_by=None)
    (claimed,) = work_claim(model=TrainingRun, limit=1)
    return claimed


def sound(page: Page) -> list[str]:
    """What axe objects to in our part of the page; on a laptop and a tablet it never scrolls sideways."""
    found = []
    for width, height, scheme in SIGHTS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        page.reload(wait_until="networkidle")
        assert page.evaluate("document.documentElement.classList.contains('dark')") is (scheme == "dark")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, width)
        context = {"include": [[".training"]]}
        violations = Axe().run(page, context=context, options={"runOnly": RULES}).response["violations"]
        found += [f"{each['id']}: {node['html']}" for each in violations for node in each["nodes"]]
    return found


def test_a_run_is_watched_paused_and_gone_on_with(page: Page, run: TrainingRun) -> None:
    TrainingRun.objects.update(stage="reading", progress=0.02)
    page.goto(page_of(run))
    expect(page.locator("[data-field=stage]")).to_have_text("Reading garments and photos")
    expect(page.locator("[data-charts] figure")).to_have_count(0)
    expect(page.locator("[data-field=no-sheet]")).to_be_visible()

    TrainingRun.objects.update(stage="training", progress=0.4, step=10, eta_seconds=75.0, curve=CURVE)
    assert run_keep_sheet(run=run, data=factories.encoded(factories.picture(), "PNG"))
    expect(page.locator("[data-charts] figure")).to_have_count(3)
    expect(page.locator("[data-field=step]")).to_have_text("10")
    expect(page.locator("[data-field=eta]")).to_have_text("1:15")
    expect(page.locator("[data-field=end]")).to_have_text(re.compile(r"^\d\d:\d\d [AP]M$"))
    expect(page.locator("[data-field=sheet]")).to_be_visible()
    # Upwards is less in the units of a drawing: a curve that falls ends lower on the page than it begins.
    ends = page.locator("[data-charts] figure .mean").first.evaluate(
        "line => [line.getPointAtLength(0).y, line.getPointAtLength(line.getTotalLength()).y]"
    )
    assert ends[1] > ends[0]
    assert sound(page) == []

    page.locator("button[data-deed=pause]").click()
    expect(page.locator("[data-field=label]")).to_have_text("Paused")
    run.refresh_from_db()
    assert run.status == "paused"
    expect(page.locator("button[data-deed=pause]")).to_have_count(0)
    page.locator("button[data-deed=resume]").click()
    expect(page.locator("[data-field=label]")).to_have_text("Waiting")
    run.refresh_from_db()
    assert run.status == "queued"


def test_the_comparison_is_reached_from_the_run_and_leads_on(page: Page, run: TrainingRun) -> None:
    page.goto(page_of(run))
    expect(page.get_by_role("link", name="Compare")).to_have_count(0)
    version = ModelVersion.objects.create(name=run.name, files={}, verdict="better")
    sheet = factories.encoded(factories.picture(), "PNG")
    assert run_keep_sheet(run=run, data=sheet)
    TrainingRun.objects.update(
        status="succeeded", lease_until=None, candidate=version, report=REPORT, progress=1.0
    )
    link = page.get_by_role("link", name="Compare")
    expect(link).to_be_visible()
    link.click()
    expect(page.locator(".training-verdict")).to_have_text("Better")
    expect(page.locator("tbody tr").first).to_contain_text("better")
    expect(page.locator("tbody tr").first).to_contain_text("-1.2500 … -0.7500")
    width = page.locator(".training-sheet").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert width == 60
    assert sound(page) == []
    page.get_by_role("link", name="Promote").click()
    expect(page.get_by_text("In service now: the built-in version.")).to_be_visible()


def test_the_manifest_is_reached_from_the_run_and_downloaded(page: Page, run: TrainingRun) -> None:
    garment = Garment.objects.first()
    assert garment
    chosen = {"categories": ["dresses"], "sources": ["garments"], "since": "2026-03-01"}
    manifest = {"filter": chosen, "garments": {str(garment.pk): "ab" * 32}, "samples": {}}
    TrainingRun.objects.update(manifest=manifest, status="succeeded", lease_until=None)
    page.goto(page_of(run))
    page.get_by_role("link", name="What it saw").click()
    expect(page.get_by_role("row", name=garment.name)).to_contain_text("abababababab")
    for width, height, _scheme in SIGHTS:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page, context={"include": [[".at"]]}, options={"runOnly": RULES}).response
    assert found["violations"] == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download (JSON)").click()
    assert download.value.suggested_filename == f"{run.name}.json"
    assert json.loads(download.value.path().read_text()) == {"name": run.name, **manifest}


def test_a_verdict_of_worse_does_not_invite_to_promote(page: Page, run: TrainingRun) -> None:
    version = ModelVersion.objects.create(name=run.name, files={}, verdict="worse")
    TrainingRun.objects.update(
        status="succeeded", lease_until=None, candidate=version, report=REPORT | {"verdict": "worse"}
    )
    page.goto(page_of(run, "comparison"))
    expect(page.locator(".training-verdict")).to_have_text("Worse")
    assert sound(page) == []
    colours = [
        page.locator(each).evaluate("element => getComputedStyle(element).backgroundColor")
        for each in ("[data-deed=promote]", "a.training-button >> nth=0")
    ]
    assert colours[0] == colours[1]


def test_the_form_starts_a_run(page: Page, run: TrainingRun) -> None:
    TrainingRun.objects.all().delete()
    page.goto("/admin/tryon/trainingrun/add/")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    assert page.locator("select[name=base] option:checked").inner_text() == "The built-in version"
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("[data-field=label]")).to_have_text("Waiting")
    assert TrainingRun.objects.get().minutes == 15
