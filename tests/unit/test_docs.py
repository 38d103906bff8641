"""The pages are true: links lead somewhere, sentences are those of the code, commands are tried."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from omi_core.cli.__main__ import run
from omi_core.inventory import parse

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
COMMANDS = re.compile(r"^ *```sh(?: [^\n]*)?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
FILE = re.compile(r"omi_core/[\w./-]*|[\w./-]*\.(?:py|sh|lua|cf)")
MODULE = re.compile(r"omi_core(?:\.[a-z]\w*)+")

# Files that a page has its reader write, and deploys that a decision is against.
OWN_FILES = (
    "taipei.py",
    "inventories/own.py",
    "group_data/own.py",
    "customers.py",
    "retire.py",
    "lab.py",
)

# What other programs say: pyinfra, paramiko, apt, the daemons' checkers.
FOREIGN = (
    "pyinfra error in ...: FILE: KEY: ...",
    "Could not connect (...)",
    "No host key for ... found in known_hosts",
    "Over 0% of hosts failed",
    "REMOTE HOST IDENTIFICATION HAS CHANGED!",
    "E: ...",
    "postconf: warning: ...",
    "doveconf: ...",
    "syntax error",
)


def anchors(page: Path) -> set[str]:
    """The anchors that a forge makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} does not exist"
        assert not anchor or anchor in anchors(target), f"{link} has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    """By its path from the top or from the package, or by its name alone."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for path in filter(FILE.fullmatch, CODE.findall(prose)):
        at_place = (ROOT / path).exists() or (ROOT / "omi_core" / path).exists()
        assert at_place or path in OWN_FILES or path in file_names(), path
    for module in MODULE.findall(prose):
        place, name = ROOT / module.replace(".", "/"), module.rpartition(".")[2]
        owner = place.parent.with_suffix(".py")
        is_module = place.exists() or place.with_suffix(".py").exists()
        assert is_module or name in owner.read_text(), module


@cache
def file_names() -> frozenset[str]:
    """The names of the files that pages speak of without their folder."""
    folders = ("omi_core", "templates", "deploys", "lab", "benchmarks")
    return frozenset(path.name for folder in folders for path in (ROOT / folder).rglob("*.*"))


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text()
    for page in ROOT.glob("docs/*.md"):
        assert page.name == "README.md" or f"({page.name})" in index


def test_the_readme_can_be_read() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) < 120
    assert [line for block in COMMANDS.findall(text) for line in block.splitlines()] == [
        "make demo",
        "make test",
    ]


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(), re.MULTILINE)
        assert set(named) <= targets, page


def test_every_setting_has_a_row() -> None:
    text = (ROOT / "docs/relay.md").read_text()
    code = parse.parse_environment.__code__
    for name in code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]:
        assert f"| `{name}` |" in text


@pytest.mark.parametrize("page", ["customers.md", "runbook.md"])
def test_every_sentence_that_is_explained_is_said_somewhere(page: str) -> None:
    said = "\n".join(sentences())
    for sentence in explained(ROOT / "docs" / page):
        for part in sentence.split("..."):
            words = part.strip(" :,;()'")
            assert words in said, f"nobody says {words!r}"


def explained(page: Path) -> Iterator[str]:
    """The sentences in the first column of the page's table of failures."""
    _, _, table = page.read_text().partition("| sentence |")
    for row in table.splitlines()[2:]:
        if not row.startswith("|"):
            return
        yield from (code for code in CODE.findall(row.split("|")[1]) if code not in FOREIGN)


def sentences() -> Iterator[str]:
    """Every text in the source, the holes of f-strings left out."""
    for script in ("engine/component.sh", "engine/trial/trial.sh", "relay/gate.sh"):
        yield (ROOT / "omi_core" / script).read_text()
    for path in ROOT.glob("omi_core/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_the_hash_that_a_customers_page_speaks_of_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    typed = tmp_path / "typed"
    typed.write_text("a long password\n")
    with typed.open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert run(["account", "hash"]) == 0
    assert capsys.readouterr().out.startswith("{SHA512-CRYPT}$6$")
