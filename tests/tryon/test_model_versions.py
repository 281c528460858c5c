"""Registering model versions, putting them into service, trying them out and rolling back."""

import json
import uuid
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from pytest_django import Settings

from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.model_weights import WeightsError, weights_keep, weights_open
from tryon.models import Garment, ModelVersion, PendingAuditEntry, TryOnJob
from tryon.selectors.model_versions import Serving, model_for_job, models_serving
from tryon.services.garment_renewal import AT_ONCE, garments_renew
from tryon.services.garments import garment_prepare
from tryon.services.model_versions import (
    model_canary,
    model_mark_damaged,
    model_promote,
    model_register,
    model_rollback,
    model_versions_mark_tainted,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_stores")]
NETWORKS = ("cloth", "garment", "warp")


@pytest.fixture(autouse=True)
def builtin(settings: Settings, tmp_path: Path) -> Path:
    """Built-in weights of a few bytes."""
    settings.BUILTIN_WEIGHTS = tmp_path
    for number, name in enumerate(NETWORKS):
        (tmp_path / f"{name}.safetensors").write_bytes(factories.weights(number))
    return tmp_path


def register(name: str, base: ModelVersion | None = None, **fields: Any) -> ModelVersion:
    given = {"files": {"warp": factories.weights(sum(name.encode()))}} | fields
    facts = {"metrics": {}, "verdict": "better", "manifest": {}, "created_by": None}
    return model_register(name=name, base=base, **(facts | given))


def serving() -> tuple[str | None, str | None]:
    """The names of what is in service and of what is on trial."""
    current, canary = models_serving()
    return current and current.name, canary and canary.name


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(TryOnError) as caught:
        call(**arguments)
    return caught.value.code


def recorded() -> list[tuple[str, str]]:
    """Action and note of what the audit trail is given; forgotten after."""
    rows = PendingAuditEntry.objects.order_by("pk")
    facts = list(rows.values_list("action", "note"))
    rows.delete()
    return facts


def test_a_version_is_complete_and_takes_what_was_not_trained_from_its_base(builtin: Path) -> None:
    cloth, warp = factories.weights(7), factories.weights(8)
    (builtin / "trained").write_bytes(cloth)
    first = register("first", files={"cloth": builtin / "trained"}, manifest={"samples": {"a": "b"}})
    (builtin / "garment.safetensors").write_bytes(factories.weights(99))
    second = register("second", base=first, files={"warp": warp})

    assert set(second.files) == set(NETWORKS)
    opened = {name: weights_open(digest=digest) for name, digest in second.files.items()}
    assert opened == {"cloth": cloth, "garment": factories.weights(1), "warp": warp}
    assert (second.status, second.base, second.tainted_at) == ("candidate", first, None)
    assert serving() == (None, None)
    assert recorded() == [("create", "first"), ("create", "second")]


@pytest.mark.parametrize(
    "fields",
    [
        {"files": {}},
        {"files": {"hands": factories.weights()}},
        {"files": {"warp": b"\x80\x04\x95pickled"}},
        {"files": {"warp": (9).to_bytes(8, "little") + b"[1, 2, 3]"}},
        {"files": {"warp": b""}},
        {"files": {"warp": factories.weights()[:-1]}},
        {"files": {"warp": factories.weights() + b"more"}},
        {"files": {"warp": (15).to_bytes(8, "little") + b'{"value": [12]}'}},
        {"verdict": "great"},
        {"name": "with a blank"},
        {"name": "x" * 65},
    ],
)
def test_what_is_no_version_is_refused(fields: dict[str, Any]) -> None:
    assert refusal(register, **({"name": "broken"} | fields)) == "model_invalid"
    assert not ModelVersion.objects.exists()


def test_a_name_is_given_once() -> None:
    register("autumn")
    assert refusal(register, name="autumn") == "model_name_taken"


def test_no_version_is_there_before_its_files() -> None:
    with patch.object(storages["models"], "save", side_effect=OSError), pytest.raises(OSError):  # noqa: PT011
        register("autumn")
    assert not ModelVersion.objects.exists()


def test_bytes_that_were_harmed_are_stored_anew() -> None:
    content = factories.weights(3)
    digest = weights_keep(content=content)
    store = storages["models"]
    Path(store.path(f"{digest}.safetensors")).write_bytes(b"harmed")
    with pytest.raises(WeightsError, match="is altered"):
        weights_open(digest=digest)
    assert weights_keep(content=content) == digest
    assert weights_open(digest=digest) == content
    assert store.listdir("")[1] == [f"{digest}.safetensors"]


def test_promoting_and_rolling_back_to_the_built_in() -> None:
    first, second = register("first"), register("second")
    recorded()
    model_promote(version=first)
    model_promote(version=second)
    assert serving() == ("second", None)
    assert refusal(model_promote, version=second) == "model_in_service"
    assert model_rollback() == first
    assert model_rollback() is None
    assert serving() == (None, None)
    assert refusal(model_rollback) == "nothing_to_roll_back"
    assert recorded() == [
        ("promote", ""), ("promote", ""), ("rollback", "first"), ("rollback", "built-in"),
    ]  # fmt: skip


def test_nobody_rolls_back_to_what_was_rolled_back() -> None:
    first, bad, third = register("first"), register("bad"), register("third")
    for version in (first, bad):
        model_promote(version=version)
    model_rollback()
    model_promote(version=third)
    assert model_rollback() == first


def test_a_worse_version_needs_a_reason_which_is_kept() -> None:
    worse = register("worse", verdict="worse")
    recorded()
    for reason in ("", "   ", "x" * 65):
        assert refusal(model_promote, version=worse, override_reason=reason) == "model_override_required"
    assert serving() == (None, None)
    model_promote(version=worse, override_reason=" New season. ")
    assert recorded() == [("promote", "New season.")]


def test_a_version_whose_file_is_gone_is_not_promoted(caplog: pytest.LogCaptureFixture) -> None:
    version = register("lost")
    storages["models"].delete(f"{version.files['warp']}.safetensors")
    assert refusal(model_promote, version=version) == "model_damaged"
    version.refresh_from_db()
    assert (version.status, serving()) == ("damaged", (None, None))
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert refusal(model_canary, version=version, share=0.5) == "model_damaged"


def test_a_damaged_version_gives_way_to_the_one_before_once() -> None:
    first, second = register("first"), register("second")
    for version in (first, second):
        model_promote(version=version)
    recorded()
    assert model_mark_damaged(version=second, reason="weights that are not finite")
    assert not model_mark_damaged(version=second, reason="again")
    assert serving() == ("first", None)
    assert recorded() == [("change", "damaged: weights that are not finite")]


def test_one_version_is_on_trial_at_a_time() -> None:
    first, second = register("first"), register("second")
    model_canary(version=first, share=0.1)
    assert model_canary(version=second, share=1).share == 1
    first.refresh_from_db()
    assert (first.status, first.share, serving()) == ("candidate", 0, (None, "second"))
    model_canary(version=first, share=0)
    assert serving() == (None, "second")
    model_promote(version=second)
    assert serving() == ("second", None)
    assert refusal(model_canary, version=second, share=0.2) == "model_in_service"
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="not in 0 to 1"):
            model_canary(version=first, share=share)


def test_the_share_of_a_canary_is_what_it_says_and_each_job_keeps_its_version() -> None:
    canary = ModelVersion(name="canary", share=0.25, id=uuid.UUID(int=1))
    other = ModelVersion(name="other", share=0.25, id=uuid.UUID(int=2))
    jobs = [TryOnJob(id=uuid.UUID(int=number)) for number in range(20_000)]

    def tried(version: ModelVersion, share: float) -> set[uuid.UUID]:
        version.share = share
        return {job.pk for job in jobs if model_for_job(job=job, serving=Serving(None, version)) is version}

    quarter, half = tried(canary, 0.25), tried(canary, 0.5)
    # Four standard deviations of a binomial count.
    assert abs(len(quarter) - 5000) < 4 * (20_000 * 0.25 * 0.75) ** 0.5
    assert abs(len(half) - 10_000) < 4 * (20_000 * 0.25) ** 0.5
    assert quarter == tried(canary, 0.25)
    assert quarter < half
    assert abs(len(quarter & tried(other, 0.25)) - 1250) < 4 * (20_000 / 16) ** 0.5
    assert (len(tried(canary, 1.0)), len(tried(canary, 0.0))) == (20_000, 0)
    first = [number for number in range(8) if uuid.UUID(int=number) in quarter]
    assert first == [0, 3], "Another hash would move jobs to other versions."


def test_the_database_itself_knows_one_version_in_service() -> None:
    factories.model_version("first", status="current")
    with transaction.atomic(), pytest.raises(IntegrityError, match="one_current_model"):
        factories.model_version("second", status="current")
    with transaction.atomic(), pytest.raises(IntegrityError, match="a_canary_alone_has_a_share"):
        factories.model_version("third", status="canary")


def test_an_erased_sample_taints_who_saw_it_and_who_was_trained_from_them() -> None:
    saw = register("saw", manifest={"samples": {"s1": "x", "s2": "y"}})
    child = register("child", base=saw)
    register("grandchild", base=child, manifest={"samples": {"s1": "x"}})
    register("stranger", manifest={"samples": {"s3": "z"}})
    assert [each.name for each in model_versions_mark_tainted(sample_ids=["s9"])] == []
    marked = model_versions_mark_tainted(sample_ids=["s2", uuid.uuid4()])
    assert {each.name for each in marked} == {"saw", "child", "grandchild"}
    assert model_versions_mark_tainted(sample_ids=["s1"]) == []
    assert register("later", base=child).tainted_at is not None
    tainted = ModelVersion.objects.filter(tainted_at__isnull=False).values_list("name", flat=True)
    assert set(tainted) == {"saw", "child", "grandchild", "later"}
    # A retraining of the same base without what was erased clears the shop of it.
    anew = register("anew", manifest={"samples": {"s3": "z"}})
    assert anew.tainted_at is None
    model_promote(version=anew)
    assert ModelVersion.objects.get(status="current").tainted_at is None


def test_garments_are_prepared_again_only_for_other_networks_and_a_few_at_a_time() -> None:
    for number in range(6):
        factories.garment(name=f"Shirt {number}")
    model_promote(version=register("other-warp"))
    assert not Garment.objects.filter(outdated=True).exists()

    model_promote(version=register("other-cloth", files={"cloth": factories.weights(70)}))
    assert Counter(Garment.objects.values_list("outdated", "status")) == {(True, "succeeded"): 6}
    assert garments_renew() == AT_ONCE
    assert garments_renew() == 0
    assert Counter(Garment.objects.values_list("outdated", "status")) == {
        (False, "queued"): 4,
        (True, "succeeded"): 2,
    }
    Garment.objects.update(status="succeeded")
    garment_prepare(garment=Garment.objects.filter(outdated=True).first())  # type: ignore[arg-type]
    assert garments_renew() == 1
    assert garments_renew() == 0

    model_rollback()
    assert Garment.objects.filter(outdated=True).count() == 6


def test_where_no_built_in_weights_lie_they_count_as_others(builtin: Path) -> None:
    version = register("warp-alone")
    for path in builtin.iterdir():
        path.unlink()
    factories.garment()
    model_promote(version=version)
    assert Garment.objects.get().outdated


def test_promoting_and_rolling_back_on_the_command_line() -> None:
    register("autumn", verdict="worse")

    def run(*arguments: str) -> dict[str, Any]:
        out = StringIO()
        call_command(*arguments, stdout=out)
        answer: dict[str, Any] = json.loads(out.getvalue())
        return answer

    expected = {
        "before": None, "after": "autumn", "verdict": "worse", "against": None, "tainted": False,
        "garments_again": False,
    }  # fmt: skip
    assert run("promote", "autumn", "--dry-run") == expected | {"dry_run": True}
    assert serving() == (None, None)
    with pytest.raises(CommandError, match="judged worse"):
        call_command("promote", "autumn")
    with pytest.raises(CommandError, match="no model version winter"):
        call_command("promote", "winter")
    assert run("promote", "autumn", "--override", "New season") == expected | {"dry_run": False}
    assert serving() == ("autumn", None)
    assert PendingAuditEntry.objects.latest("pk").actor_kind == "operator"
    assert run("rollback", "--dry-run") == {"dry_run": True, "before": "autumn", "after": None}
    assert serving() == ("autumn", None)
    assert run("rollback") == {"dry_run": False, "before": "autumn", "after": None}
    with pytest.raises(CommandError, match="built-in model is in service"):
        call_command("rollback")
