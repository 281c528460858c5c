"""The web process runs without the engine of the try-on, and every requirement is pinned."""

import ast
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
FILES = ["requirements-web.txt", "requirements-worker.txt", "requirements.txt", "requirements-dev.txt"]
ENGINE = {"cv2", "kornia", "mediapipe", "numpy", "safetensors", "scipy", "torch"}
OWN = {"config", "ml", "shop", "tryon", "workers"}
# These run the demo and are absent from the web's requirements.
DEMO_ONLY = {
    f"config/{name}.py"
    for name in (
        "demo",
        "demo_retrain",
        "embedded",
        "once",
        "retrain_client",
        "retrain_import",
        "retrain_staff",
    )
}
WITHOUT_ENGINE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {engine!r}:
            raise ImportError(f"{{name}} is not for this process")

sys.meta_path.insert(0, Refuse())
import django
django.setup()
from django.core.management import call_command
call_command("check")
import {module}
"""


def pins(name: str) -> dict[str, str]:
    """{package: version} of one requirement file, without the files it includes."""
    lines = [line.strip() for line in (ROOT / name).read_text().splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]
    for requirement in found:
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", requirement
    return {canonicalize_name(found.name): next(iter(found.specifier)).version for found in found}


@pytest.mark.parametrize("name", FILES)
def test_pins_agree_with_the_constraints(name: str) -> None:
    constraints = pins("constraints.txt")
    assert {package: constraints.get(package) for package in pins(name)} == pins(name)


@pytest.mark.parametrize(
    ("module", "refused"),
    [("config.wsgi", ENGINE | {"ml"}), ("workers.tasks", ENGINE)],
    ids=["web", "maintenance and beat"],
)
def test_a_light_process_starts_without_the_engine(module: str, refused: set[str]) -> None:
    code = WITHOUT_ENGINE.format(engine=refused, module=module)
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_the_web_imports_only_what_its_requirements_name() -> None:
    distributions = packages_distributions()
    allowed = set(pins("requirements-web.txt"))
    strangers = set()
    for package in ("config", "shop", "tryon"):
        for path in (ROOT / package).rglob("*.py"):
            if path.relative_to(ROOT).as_posix() in DEMO_ONLY or "artwork" in path.parts:
                continue
            for module in imported(path) - OWN - set(sys.stdlib_module_names):
                if not allowed & {canonicalize_name(name) for name in distributions.get(module, [module])}:
                    strangers.add((path.relative_to(ROOT).as_posix(), module))
    # structlog and prometheus_client, botocore: the core of a package that is named
    assert {module for _path, module in strangers} <= {"structlog", "prometheus_client", "botocore", "kombu"}


def imported(path: Path) -> set[str]:
    """Top-level names of the modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names
