"""docker-compose.yml against the Compose Specification's schema, and what it promises beyond that."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.files.base import ContentFile
from moto.server import ThreadedMotoServer

from config import celery_app
from config.stores import BucketStore, create_buckets
from workers import tasks

ROOT = Path(__file__).parent.parent
OURS = {"web", "worker-cpu", "worker-gpu", "trainer", "maintenance", "beat", "migrate"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


def test_it_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(compose, json.loads(schema.read_text()))


def test_only_web_and_maintenance_can_reach_the_outside(compose: dict[str, Any]) -> None:
    assert compose["networks"]["inside"] == {"internal": True}
    reach = {name: service["networks"] for name, service in compose["services"].items()}
    assert {name for name, networks in reach.items() if networks != ["inside"]} == {"web", "maintenance"}
    assert {name for name, service in compose["services"].items() if "ports" in service} == {"web"}
    assert all(port.startswith("127.0.0.1:") for port in compose["services"]["web"]["ports"])


def test_no_process_that_runs_models_sends_webhooks(compose: dict[str, Any]) -> None:
    route = celery_app.amqp.router.route({}, "workers.deliver_webhooks")
    assert route["queue"].name == "maintenance"
    commands = [str(service.get("command", "")) for service in compose["services"].values()]
    commands += (ROOT / "Procfile").read_text().splitlines()
    with_models = [command for command in commands if re.search(r"queues\W+tryon", command)]
    assert len(with_models) == 3
    assert not any("maintenance" in command for command in with_models)


def test_a_training_has_a_process_of_its_own_that_gives_way_to_all_others(compose: dict[str, Any]) -> None:
    assert celery_app.amqp.router.route({}, "workers.train_runs")["queue"].name == "training"
    assert tasks.train_runs.acks_late is False
    trainer = compose["services"]["trainer"]
    (line,) = (line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("trainer:"))
    for command in (" ".join(trainer["command"]), line):
        assert "nice -n 10 celery" in command
        assert re.search(r"--queues training --concurrency 1\b", command)
    assert trainer["environment"]["OMP_NUM_THREADS"] == "1"
    assert "OMP_NUM_THREADS=1" in line


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_are_hardened(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "volumes" not in service


def test_valkey_keeps_what_it_is_told(compose: dict[str, Any]) -> None:
    command = compose["services"]["valkey"]["command"][-1]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_every_long_running_service_has_a_health_check(compose: dict[str, Any]) -> None:
    without = {name for name, service in compose["services"].items() if "test" not in service["healthcheck"]}
    assert without == {"beat", "migrate"}


def test_every_variable_is_explained(compose: dict[str, Any]) -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"\$\{(\w+):\?\}", (ROOT / "docker-compose.yml").read_text()))
    code = "".join((ROOT / "config" / name).read_text() for name in ("settings.py", "file_stores.py"))
    read = set(re.findall(r"env(?:\.\w+)?\(\s*\"(\w+)\"", code))
    known = set(re.findall(r"^#? ?(\w+)=", example, re.MULTILINE))
    # STATIC_ROOT is for the tests, DEMO never for a .env of production.
    assert (named | read) - known <= {"DEMO", "STATIC_ROOT"}


@pytest.mark.parametrize("name", ["web", "worker"])
def test_images_run_as_nobody_in_particular(name: str) -> None:
    lines = (ROOT / "docker" / f"{name}.Dockerfile").read_text().splitlines()
    assert "USER tryon" in lines
    copied = [line.split()[1] for line in lines if line.startswith("COPY ")]
    assert all((ROOT / path).exists() for path in copied)


def test_the_bucket_store_keeps_the_private_one_private() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    access = {"endpoint_url": f"http://{host}:{port}", "access_key": "k", "secret_key": "s"}
    try:
        public = BucketStore(base_url="/media/", bucket_name="public", region_name="us-east-1", **access)
        private = BucketStore(base_url=None, bucket_name="private", region_name="us-east-1", **access)
        create_buckets(public, private)
        create_buckets(public, private)
        name = private.save("a/b.bin", ContentFile(b"noise"))
        assert private.open(name).read() == b"noise"
        assert public.url("garments/a b.jpg") == "/media/garments/a%20b.jpg"
        with pytest.raises(ValueError, match="no address"):
            private.url(name)
        private.delete(name)
        assert not private.exists(name)
    finally:
        server.stop()
