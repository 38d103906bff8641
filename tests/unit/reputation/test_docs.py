"""docs/reputation.md is true: its commands print what it says, its table is that of the code."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from omi_core.findings.finding import FindingKind
from omi_core.reputation import texts
from omi_core.reputation.blocklists import LISTS
from tests.unit.reputation.world import V4, World

PAGE = Path(__file__).parents[3] / "docs/reputation.md"
TEXT = PAGE.read_text("utf-8")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

Omi = Callable[..., tuple[int, str, str]]


def examples() -> Iterator[tuple[str, str]]:
    for block in BLOCK.findall(TEXT):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            yield command, output


def plant(there: World) -> None:
    """What the page's first example meets: an entry, a reverse name, a list that refuses."""
    there.enter("zen.spamhaus.org", V4, "127.0.0.4")
    there.names(V4, "host-25.provider.example.")
    there.lists["b.barracudacentral.org"] = lambda _: ()


def rows() -> list[str]:
    return [
        f"| `{each.key}` | {each.name} | `{each.zone}` |"
        f" {'; '.join(f'{code} {means.en}' for code, means in each.codes.items())} |"
        f" {each.answers.en} | {f'{each.most_a_day:,}' if each.most_a_day else '-'} |"
        f" {each.removal} |"
        for each in LISTS
    ]


@pytest.mark.parametrize(("command", "output"), list(examples()), ids=lambda text: text[:40])
def test_a_documented_command_prints_what_is_documented(
    there: World, omi: Omi, command: str, output: str
) -> None:
    _, _, *words = command.split()
    if not words:
        plant(there)

    _, out, err = omi(*words)

    assert out + err == output


def test_the_table_of_lists_is_that_of_the_code() -> None:
    assert [
        line for line in TEXT.splitlines() if re.match(r"\| `[\w-]+` \| .* \| `.*\.", line)
    ] == (rows())


def test_every_finding_is_on_the_page() -> None:
    kinds = [each for each in vars(texts).values() if isinstance(each, FindingKind)]
    kinds.append(texts.on_list(LISTS[0]))
    assert [each.id for each in kinds if f"| `{each.id}` |" not in TEXT] == []
