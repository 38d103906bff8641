"""docs/onboarding.md is true: its commands print what it says, and every finding is on it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from omi_core.findings.finding import FindingKind
from omi_core.onboarding.rules import asked as catalogue_asked
from omi_core.onboarding.rules import correction_texts as catalogue_corrections
from omi_core.onboarding.rules import record_texts as catalogue_records
from omi_core.onboarding.rules import server_texts as catalogue_servers
from tests.unit.onboarding.tree import RIGHT, TLD, Tree

PAGE = Path(__file__).parents[3] / "docs" / "onboarding.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

Omi = Callable[..., tuple[int, str, str]]


def examples() -> Iterator[tuple[str, str]]:
    for block in BLOCK.findall(PAGE.read_text("utf-8")):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            yield command, output


def steady(text: str) -> list[str]:
    text = re.sub(r"(127\.0\.0\.\d):\d+", r"\1", text)
    return [re.sub(r"\d+\.\d s$", "N s", line).rstrip() for line in text.splitlines()]


def plant(tree: Tree) -> None:
    """What the page's domains publish: the shop lacks a semicolon, the lily nearly all.

    The rose has a term and two policies that are not right.
    """
    tree.root.hold("example", TLD + "lily NS ns1.shop\nrose NS ns1.shop\n")
    tree.ns1.hold(
        "rose.example",
        '@ NS ns1.shop.example.\n@ TXT "v=spf1 mx ip4:203.0.113.7~all"\n'
        '_dmarc TXT "v=DMARC1; p=none; rua=b@rose.example"\n'
        '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:a@rose.example"\n',
    )
    tree.ns1.hold("lily.example", '@ NS ns1.shop.example.\n@ TXT "v=spf1 mx -all"\n')
    kept = [each for each in RIGHT if each[0] != "_dmarc"]
    tree.publish([*kept, ("_dmarc", "TXT", "v=DMARC1 p=none")])


@pytest.mark.parametrize(("command", "output"), list(examples()), ids=lambda text: text[:40])
def test_a_documented_command_prints_what_is_documented(
    tree: Tree, omi: Omi, inventory: Path, command: str, output: str
) -> None:
    plant(tree)
    more = 'name = "More"\ndomains = ["lily.example", "rose.example"]\n'
    (inventory.parent / "customers/more.toml").write_text(more)
    _, _, verb, *words = command.split()
    _, out, err = omi(verb, *words)
    assert steady(out + err) == steady(output)


def test_every_finding_is_on_the_page() -> None:
    text = PAGE.read_text("utf-8")
    kinds = [*vars(catalogue_records).values(), *vars(catalogue_servers).values()]
    kinds += [*vars(catalogue_corrections).values(), *catalogue_records.DAMAGES.values()]
    kinds += vars(catalogue_asked).values()
    named = [kind.id for kind in kinds if isinstance(kind, FindingKind)]
    assert [each for each in named if f"`{each}`" not in text] == []


def test_every_documented_option_exists(omi: Omi) -> None:
    helped = omi("verify", "--help")[1] + omi("records", "--help")[1]
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE.read_text("utf-8"))):
        assert option in helped + "systemctl --now", option
