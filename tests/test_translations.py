"""Every text for people, of shoppers, merchants and operators, is there in Chinese, and says the same."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from django.template import Template
from django.template.base import Node
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
PACKAGES = ["config", "shop", "tryon"]
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
SAME = {"“%(query)s”"}
"""What is written as in English."""


def of_code(path: Path) -> Iterator[str]:
    """Texts that Python code marks."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield first.value


def of_template(path: Path) -> Iterator[str]:
    """Texts that a template marks, as Django asks the catalogue for them."""
    nodelist = Template(path.read_text()).nodelist
    for node in nodelist.get_nodes_by_type(Node):
        if isinstance(node, TranslateNode) and not node.filter_expression.var.lookups:
            yield str(node.filter_expression.var.literal).replace("%", "%%")
        if isinstance(node, BlockTranslateNode):
            yield node.render_token_list(node.singular)[0]


def texts() -> list[tuple[str, str]]:
    """(where, text) of everything."""
    code = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    pages = sorted((ROOT / "templates").rglob("*.html"))
    found = [(path, text) for path in code if "artwork" not in path.parts for text in of_code(path)]
    found += [(path, text) for path in pages for text in of_template(path)]
    return [(str(path.relative_to(ROOT)), text) for path, text in found]


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    """The compiled catalogue: what the pages use."""
    with (LOCALE / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    return {key[0] if isinstance(key, tuple) else key: text for key, text in catalogue.items() if key}


def holes(text: str) -> list[str]:
    """What is filled in later: %(name)s, %s, {name}."""
    named = re.findall(r"%(?:\(\w+\))?[sd]", text)
    braces = [name for _text, name, _spec, _how in Formatter().parse(text) if name is not None]
    return sorted(named + [f"{{{name}}}" for name in braces])


def test_both_kinds_of_texts_are_found() -> None:
    found = dict(texts())
    assert len({text for _path, text in texts()}) > 700
    assert {path.split("/")[0] for path in found} == {"config", "shop", "templates", "tryon"}
    assert "95 %% interval" in {text for _path, text in texts()}


def test_every_text_has_its_chinese(chinese: dict[str, str]) -> None:
    missing = {text: path for path, text in texts() if not chinese.get(text)}
    assert missing == {}
    same = {text for _path, text in texts() if chinese[text] == text and re.search(r"[A-Za-z]{3}", text)}
    assert same <= SAME


def test_every_chinese_text_has_the_same_holes(chinese: dict[str, str]) -> None:
    different = {text for _path, text in texts() if holes(text) != holes(chinese.get(text, ""))}
    assert different == set()


def test_nothing_is_only_guessed_and_nothing_is_left_over(chinese: dict[str, str]) -> None:
    source = (LOCALE / "django.po").read_text()
    assert "#, fuzzy" not in source
    assert "#~" not in source
    assert set(chinese) - {text for _path, text in texts()} == set()
