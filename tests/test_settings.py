"""The settings fail closed, and what the web process promises of itself holds."""

import base64
import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import environ
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, RequestDataTooBig
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.core.files.uploadhandler import StopFutureHandlers
from django.test import Client, RequestFactory
from pytest_django import Settings

from config import celery_app
from config.demo_secrets import write_secrets
from config.keys import parse_key, parse_key_ring
from config.logs import drop_personal_data
from config.uploads import BoundedMemoryUploadHandler

KEY = base64.b64encode(bytes(32)).decode()
PRODUCTION = {
    "SECRET_KEY": "k" * 60,
    "PHOTO_KEYS": f"k1:{KEY}",
    "RECEIPT_KEY": KEY,
    "ALLOWED_HOSTS": "shop.example",
    "DATABASE_URL": "postgresql://shop@localhost/shop",
    "BROKER_URL": "redis://:secret@localhost:6379/0",
    "EMAIL_URL": "smtp://localhost",
}
OPTIONAL = ["DEMO", "S3_ENDPOINT_URL", "BEHIND_TLS_PROXY", "DATA_ROOT", "STATIC_ROOT"]


def load_settings(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> ModuleType:
    """Execute config/settings.py afresh in this environment and without files of settings."""
    monkeypatch.setattr(environ.Env, "read_env", lambda *_args, **_kwargs: None)
    for name in [*PRODUCTION, *OPTIONAL]:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    path = Path(__file__).parent.parent / "config" / "settings.py"
    spec = importlib.util.spec_from_file_location("config.settings_afresh", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", PRODUCTION)
def test_production_without_a_variable_stops_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    variables = {key: value for key, value in PRODUCTION.items() if key != name}
    with pytest.raises(ImproperlyConfigured, match=name):
        load_settings(monkeypatch, variables)


def test_production_refuses_any_host(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="ALLOWED_HOSTS"):
        load_settings(monkeypatch, PRODUCTION | {"ALLOWED_HOSTS": "*"})


def test_production_is_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    production = load_settings(monkeypatch, PRODUCTION)
    assert production.DEBUG is False
    assert production.SESSION_COOKIE_SECURE is production.CSRF_COOKIE_SECURE is True
    assert production.SECURE_SSL_REDIRECT is True
    assert production.SECURE_HSTS_SECONDS == 31_536_000
    assert production.CACHES["default"]["LOCATION"] == "redis://:secret@localhost:6379/1"


def test_object_store_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="S3_PUBLIC_BUCKET"):
        load_settings(monkeypatch, PRODUCTION | {"S3_ENDPOINT_URL": "http://store:3900"})


@pytest.mark.parametrize(
    "name",
    ["PHOTO_TTL_HOURS", "RESULT_TTL_HOURS", "BACKUP_TTL_DAYS", "GUEST_CART_TTL_DAYS", "ORDER_TTL_DAYS"],
)
@pytest.mark.parametrize("value", ["0", "-1", "", "1.5", "forever", "99999", "²"])
def test_a_time_to_keep_that_makes_no_sense_stops_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        load_settings(monkeypatch, PRODUCTION | {name: value})


@pytest.mark.parametrize("value", ["-1", "101", "", "50%", "half"])
def test_a_share_of_visitors_that_makes_no_sense_stops_with_its_name(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"TRYON_EXPOSURE_PERCENT must be .* from 0 to 100"):
        load_settings(monkeypatch, PRODUCTION | {"TRYON_EXPOSURE_PERCENT": value})


@pytest.mark.parametrize(("given", "percent"), [({}, 100), ({"TRYON_EXPOSURE_PERCENT": "0"}, 0)])
def test_everybody_is_offered_the_tryon_unless_it_is_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], percent: int
) -> None:
    assert load_settings(monkeypatch, PRODUCTION | given).SHOP["EXPOSURE_PERCENT"] == percent


def test_times_to_keep_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"PHOTO_TTL_HOURS": "1", "RESULT_TTL_HOURS": "2", "BACKUP_TTL_DAYS": "35"}
    kept = load_settings(monkeypatch, PRODUCTION | times).TRYON
    assert [kept[name] for name in ("PHOTO_TTL", "RESULT_TTL", "LEDGER_TTL")] == [
        timedelta(hours=1),
        timedelta(hours=2),
        timedelta(days=35),
    ]


@pytest.mark.parametrize(
    "text", ["", "k1", "k1:", f":{KEY}", "k1:not base64!", "k1:c2hvcnQ=", f"k1:{KEY},k1:{KEY}"]
)
def test_a_bad_key_ring_is_refused(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PHOTO_KEYS"):
        parse_key_ring("PHOTO_KEYS", text)


def test_the_key_ring_keeps_its_order() -> None:
    assert parse_key_ring("PHOTO_KEYS", f"k2:{KEY}, k1:{KEY}") == {"k2": bytes(32), "k1": bytes(32)}
    assert list(parse_key_ring("PHOTO_KEYS", f"k2:{KEY},k1:{KEY}")) == ["k2", "k1"]
    assert parse_key("RECEIPT_KEY", KEY) == bytes(32)


def test_demo_secrets_are_private_and_stay(tmp_path: Path) -> None:
    path = tmp_path / "var" / "demo.env"
    assert write_secrets(path.parent) is True
    before = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert write_secrets(path.parent) is False
    assert path.read_text() == before


def test_an_upload_stays_in_memory(rf: RequestFactory) -> None:
    content = bytes(5 * 1024 * 1024)
    request = rf.post("/", {"image": SimpleUploadedFile("a.jpg", content)})
    (image,) = request.FILES.values()
    assert isinstance(image, InMemoryUploadedFile)
    assert image.read() == content


def test_an_upload_beyond_the_limit_is_refused(rf: RequestFactory, settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"MAX_UPLOAD_BYTES": 1000}
    request = rf.post("/", {"image": SimpleUploadedFile("a.jpg", bytes(200_000))})
    with pytest.raises(RequestDataTooBig):
        _ = request.FILES


def test_an_upload_that_lies_about_its_length_is_refused(settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"MAX_UPLOAD_BYTES": 1000}
    handler = BoundedMemoryUploadHandler()
    handler.handle_raw_input(io.BytesIO(), {}, content_length=10, boundary="b")
    with contextlib.suppress(StopFutureHandlers):
        handler.new_file("image", "a.jpg", "image/jpeg", None)
    with pytest.raises(RequestDataTooBig):
        handler.receive_data_chunk(bytes(200_000), 0)


def test_logs_carry_no_personal_data() -> None:
    event: dict[str, Any] = {
        "event": "request_started",
        "request": "GET /tryon/?email=a@example.com",
        "ip": "192.0.2.1",
        "user_agent": "Browser",
        "user_id": 7,
    }
    cleaned = drop_personal_data(None, "info", event)
    assert cleaned == {"event": "request_started", "request": "GET /tryon/"}


def test_what_celery_starts_logs_like_web() -> None:
    """Celery asks for another level and format; those of the settings hold."""
    code = """
import logging, warnings
from config import celery_app
celery_app.log.setup(loglevel="DEBUG")
logging.getLogger("workers.runner").info("Below the level.")
logging.getLogger("celery.worker").warning("Lost %s.", "the broker", extra={"username": "ada"})
warnings.warn("Old.")
print(1)
"""
    environment = os.environ | PRODUCTION | {"LOG_LEVEL": "WARNING"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    lost, old = (json.loads(line) for line in ran.stderr.splitlines())
    assert lost.pop("timestamp").endswith("Z")
    assert lost == {"event": "Lost the broker.", "logger": "celery.worker", "level": "warning"}
    assert (old["logger"], "UserWarning: Old." in old["event"]) == ("py.warnings", True)
    assert ran.stdout == b"1\n"


@pytest.mark.django_db
def test_headers_of_a_page(client: Client) -> None:
    response = client.get("/accounts/login/")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "unsafe" not in policy
    assert "camera=(self)" in response.headers["Permissions-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_only_the_admin_may_evaluate(client: Client) -> None:
    policy = client.get("/admin/login/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline' 'unsafe-eval'" in policy


@pytest.mark.django_db
def test_public_pictures_are_served_and_nothing_beside_them(client: Client) -> None:
    name = default_storage.save("garments/probe.png", SimpleUploadedFile("probe.png", b"picture"))
    response = client.get(f"/media/{name}")
    assert b"".join(response.streaming_content) == b"picture"
    assert response.headers["Content-Type"] == "image/png"
    assert client.get("/media/../settings.py").status_code in {400, 404}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["absent.png", "", "%00", "a%00b.png", "probe.png/x", f"{'a' * 256}.png", "ä" * 128]
)
def test_what_is_no_public_picture_is_not_found(client: Client, path: str) -> None:
    default_storage.save("garments/probe.png", SimpleUploadedFile("probe.png", b"picture"))
    assert client.get(f"/media/garments/{path}").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "header", "status"), [("", "Bearer ", 404), ("t", "Bearer x", 404), ("t", "Bearer t", 200)]
)
def test_metrics_are_for_the_holder_of_the_token(
    client: Client, settings: Settings, token: str, header: str, status: int
) -> None:
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", headers={"Authorization": header}).status_code == status


def test_celery_is_only_a_bell() -> None:
    assert celery_app.conf.accept_content == ["json"]
    assert celery_app.conf.task_ignore_result is True
    assert celery_app.conf.result_backend is None
    assert celery_app.conf.worker_prefetch_multiplier == 1
    limits = celery_app.conf.task_soft_time_limit, celery_app.conf.task_time_limit
    assert limits[0] < limits[1] < settings.TRYON["LEASE"].total_seconds()


def test_what_beat_sends_is_registered() -> None:
    celery_app.loader.import_default_modules()
    assert {entry["task"] for entry in celery_app.conf.beat_schedule.values()} <= set(celery_app.tasks)


def test_nothing_from_the_broker_is_unpickled() -> None:
    assert list(celery_app.conf.accept_content) == ["json"]
    assert (celery_app.conf.task_serializer, celery_app.conf.task_ignore_result) == ("json", True)
