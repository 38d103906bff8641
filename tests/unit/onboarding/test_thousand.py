"""1,000 domains in one run, 50 of them hostile in ten ways: 950 right results, and 50 named."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.authority import free_port
from tests.hostile_world import KINDS, hostile_names, right_names
from tests.unit.onboarding.test_commands import validate

ROOT = Path(__file__).parents[3]
# What is said of each kind: a finding, or a check that could not be made.
NAMED = {
    "macro": "spf-not-included",
    "key": "key-unusable",
    "ns255": "delegation-without-server",
    "bomb": "servers-answer",
    "tags": "dmarc-unreadable",
    "victims": "server-lame",
    "escape": "invisible-characters",
    "silent": "servers-answer",
    "drip": "server-without-tcp",
    "loop": "cname-at-apex",
    "otherid": "servers-answer",
    "truncated": "server-without-tcp",
}


@pytest.fixture
def port() -> Iterator[int]:
    """The world, in a process of its own: it must not have the time of the one that looks."""
    chosen = free_port()
    words = [sys.executable, "-m", "tests.hostile_world", str(chosen)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield chosen
        process.stdin.close()


def looked_at(
    domains: list[str], port: int, inventory: Path, names: Path
) -> tuple[int, dict[str, dict[str, Any]], str]:
    names.write_text("".join(f"{domain}\n" for domain in domains))
    words = [sys.executable, "-m", "omi_core.cli", "dns", "verify", "--json-lines", "-4"]
    words += ["--inventory", str(inventory), "--file", str(names), "--rate", "100000"]
    words += ["--root", f"127.0.0.1:{port}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        validate("dns-verify-line", line)
    assert len(lines) == len(domains)
    return done.returncode, {line["domain"]: line for line in lines}, done.stderr


def named(line: dict[str, Any]) -> set[str]:
    return {*(found["id"] for found in line["findings"]), *line["unseen"]}


@pytest.mark.slow
def test_fifty_hostile_domains_of_a_thousand_cost_the_others_nothing(
    port: int, inventory: Path, tmp_path: Path
) -> None:
    hostile, right = hostile_names(5), right_names(950)
    mixed = list(right)
    for number, domain in enumerate(hostile):
        mixed.insert(20 * number + 7, domain)
    code, found, err = looked_at(mixed, port, inventory, tmp_path / "names.txt")
    assert (code, err, len(found)) == (3, "", 1000)
    assert Counter(found[domain]["status"] for domain in right) == {"passed": 950}
    for domain in hostile:
        assert NAMED[domain.partition("-")[0]] in named(found[domain]), found[domain]


@pytest.mark.slow
def test_every_kind_is_named_where_all_are_hostile(
    port: int, inventory: Path, tmp_path: Path
) -> None:
    domains = hostile_names(2, KINDS)
    code, found, err = looked_at(domains, port, inventory, tmp_path / "names.txt")
    assert (code, err) == (3, "")
    lacking = {
        domain: sorted(named(found[domain]))
        for domain in domains
        if NAMED[domain.partition("-")[0]] not in named(found[domain])
    }
    assert lacking == {}
