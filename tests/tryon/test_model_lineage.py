"""What a retraining best starts from, and what a version was compared with when it is promoted."""

from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from tests.tryon import factories
from tests.tryon.test_admin_training import REPORT
from tryon.errors import TryOnError
from tryon.models import ModelVersion, PendingAuditEntry, TrainingRun
from tryon.selectors.model_versions import model_to_start_from, models_serving
from tryon.services.model_versions import model_promote, model_rollback

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
ADD = "/admin/tryon/trainingrun/add/"


@pytest.fixture
def root() -> Client:
    browser = Client()
    browser.force_login(factories.user("root", is_staff=True, is_superuser=True))
    return browser


def family(*names: str, tainted: str = "", damaged: str = "") -> ModelVersion | None:
    """Versions each trained from the one before, the last in service; returns that."""
    row = None
    for name in names:
        status = "current" if name == names[-1] else "damaged" if name in damaged else "retired"
        mark = timezone.now() if name in tainted else None
        row = factories.model_version(name, base=row, status=status, tainted_at=mark)
    return row


@pytest.mark.parametrize(
    ("names", "tainted", "damaged", "expected"),
    [
        ("", "", "", None),
        ("abc", "", "", "c"),
        ("abc", "c", "", "b"),
        ("abc", "bc", "", "a"),
        ("abc", "abc", "", None),
        ("abc", "c", "b", "a"),
    ],
)
def test_a_retraining_starts_from_the_nearest_version_without_a_mark(
    names: str, tainted: str, damaged: str, expected: str | None
) -> None:
    family(*names, tainted=tainted, damaged=damaged)
    found = model_to_start_from()
    assert (found.name if found else None) == expected


@pytest.mark.parametrize(
    ("tainted", "chosen", "told"), [("bc", "a", "a"), ("abc", "", "The built-in version")]
)
def test_the_form_chooses_it_marks_the_others_and_says_why(
    root: Client, tainted: str, chosen: str, told: str
) -> None:
    family("a", "b", "c", tainted=tainted)
    page = root.get(ADD)
    field = page.context["adminform"].form["base"]
    value = field.value()
    assert (ModelVersion.objects.get(pk=value).name if value else "") == chosen
    labels = {str(label) for _value, label in field.field.choices}
    assert labels == {"The built-in version"} | {
        f"{name} (tainted)" if name in tainted else name for name in "abc"
    }
    assert (
        "c, which serves, was trained on something that was erased since. What starts from a tainted version "
        f"is tainted too, so this starts from {told}."
    ) in page.text


def test_the_form_says_nothing_of_it_where_nothing_is_tainted(root: Client) -> None:
    family("a")
    page = root.get(ADD)
    assert page.context["adminform"].form["base"].value() == models_serving().current.pk  # type: ignore[union-attr]
    assert "tainted" not in page.text[page.text.index("<form") :]


class TestAnOutdatedComparison:
    """A version that was found better than another, and now a third one serves."""

    @pytest.fixture
    def better(self) -> ModelVersion:
        family("now")
        return factories.model_version("new", verdict="better", metrics={"against": "before"})

    def refused(self, version: ModelVersion, reason: str = "") -> str:
        with pytest.raises(TryOnError) as caught:
            model_promote(version=version, override_reason=reason)
        return caught.value.code

    def test_it_needs_a_reason_which_is_kept(self, better: ModelVersion) -> None:
        assert self.refused(better, " ") == "model_comparison_outdated"
        assert self.refused(better, "x" * 65) == "model_comparison_outdated"
        assert models_serving().current.name == "now"  # type: ignore[union-attr]
        model_promote(version=better, override_reason="Seen by eye")
        assert models_serving().current == better
        assert PendingAuditEntry.objects.get(action="promote").note == "Seen by eye"

    @pytest.mark.parametrize(
        ("served", "against", "outdated"),
        [
            ("now", "now", False),
            ("now", "built-in", True),
            ("", "built-in", False),
            ("", "now", True),
            ("now", None, False),
        ],
    )
    def test_what_was_compared_with_what_serves_needs_none(
        self, served: str, against: str | None, outdated: bool
    ) -> None:
        family(*[served] * bool(served))
        metrics = {} if against is None else {"against": against}
        version = factories.model_version("new", verdict="better", metrics=metrics)
        if outdated:
            assert self.refused(version) == "model_comparison_outdated"
        else:
            model_promote(version=version)
            assert models_serving().current == version

    def test_a_roll_back_to_what_it_was_compared_with_makes_it_good_again(self, better: ModelVersion) -> None:
        before = factories.model_version("before", metrics={"against": "now"})
        model_promote(version=before)
        model_promote(version=better)
        model_rollback()
        model_promote(version=better)

    def test_the_page_names_both_and_asks_why(self, root: Client, better: ModelVersion) -> None:
        address = f"/admin/tryon/modelversion/{better.pk}/promote/"
        page = root.get(address).text
        assert "It was compared with before, which does not serve any more" in page
        assert "Why it should serve all the same" in page
        root.post(address)
        assert models_serving().current.name == "now"  # type: ignore[union-attr]
        root.post(address, {"override_reason": "Seen by eye"})
        assert models_serving().current == better

    def test_the_comparison_says_with_whom_and_whether_that_still_serves(
        self, root: Client, better: ModelVersion
    ) -> None:
        run = TrainingRun.objects.create(steps=4, status="succeeded", candidate=better, report=REPORT)
        address = reverse("admin:tryon_trainingrun_comparison", args=[run.pk])
        warning = "This compares with before, which does not serve any more"
        page = root.get(address).text
        assert "The candidate and before, which was in service then" in page
        assert warning in page
        model_promote(version=better, override_reason="Seen by eye")
        assert warning not in root.get(address).text

    def test_interface_and_command_line_refuse_it_too(self, root: Client, better: ModelVersion) -> None:
        client = APIClient()
        client.force_login(get_user_model().objects.get(username="root"))
        address = f"/api/v1/models/{better.pk}/promote/"
        answer = client.post(address)
        assert (answer.status_code, answer.json()["code"]) == (409, "model_comparison_outdated")
        with pytest.raises(CommandError, match="compared with what serves no more"):
            call_command("promote", "new")
        out = StringIO()
        call_command("promote", "new", "--dry-run", stdout=out)
        assert '"against": "before"' in out.getvalue()
        assert client.post(address, {"override_reason": "Seen by eye"}).status_code == 200
