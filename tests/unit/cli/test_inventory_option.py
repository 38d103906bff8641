"""Which inventory a verb reads: the option, else OMI_INVENTORY, else inventories/prod.py."""

import shutil
from pathlib import Path

import click
import pytest

from omi_core.cli.arguments import INVENTORY
from omi_core.cli.program import omi as program
from tests.unit.cli.conftest import ROOT, Omi

LAB = "inventories/lab.py"
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
WORDS = {
    "backup": ("keys.age", "--recipient", RECIPIENT),
    "account may": ("shop-alice", "alice@shop.example"),
    "cert renew": (),
    "customer add": ("new", "--domain", "new.example", "--login", "new"),
    "customer password": ("shop", "shop-alice", "--generate"),
    "customer remove": ("shop",),
    "customer resume": ("shop",),
    "customer suspend": ("shop",),
    "dns apply": (),
    "dns plan": (),
    "dns records": ("shop.example",),
    "dns verify": (),
    "queue drop": (),
    "queue list": (),
    "queue release": (),
    "queue retry": (),
    "drift": (),
    "reputation": (),
    "restore": ("keys.age", "--identity", "identity.txt"),
}
NOT_NEEDED = {"smtp explain", "smtp send", "smtp verify"}


def verbs() -> dict[str, click.Command]:
    """Every verb that has an option --inventory."""
    context = click.Context(program)
    found = {}
    for noun in program.list_commands(context):
        command = program.get_command(context, noun)
        verbs = {f"{noun} {name}": verb for name, verb in getattr(command, "commands", {}).items()}
        found |= {
            name: verb
            for name, verb in (verbs or {noun: command}).items()
            if any("--inventory" in one.opts for one in verb.params)
        }
    return found


@pytest.fixture(autouse=True)
def unnamed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OMI_INVENTORY", raising=False)
    monkeypatch.chdir(tmp_path)


def test_every_verb_with_an_inventory_is_known_here() -> None:
    assert verbs().keys() == WORDS.keys() | NOT_NEEDED


def test_every_verb_takes_the_inventory_from_the_environment() -> None:
    for name, verb in verbs().items():
        option = next(one for one in verb.params if "--inventory" in one.opts)
        assert option.envvar == "OMI_INVENTORY", name


@pytest.mark.parametrize("verb", sorted(WORDS))
def test_outside_a_checkout_a_sentence_says_what_to_do(omi: Omi, verb: str) -> None:
    done = omi(*verb.split(), *WORDS[verb])
    assert done.code == 2
    assert f"there is no {INVENTORY} here: name one by --inventory FILE" in done.err
    assert len(done.err.splitlines()) == 1


def said(omi: Omi, *words: str) -> str:
    return omi("account", "may", "shop-alice", "alice@shop.example", *words).out


def make(path: Path, customers: str) -> None:
    """Write an inventory whose customers lie in that directory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (ROOT / LAB).read_text()
    path.write_text(text.replace('"inventories/lab/customers"', repr(customers)))


def test_the_option_is_before_the_environment_and_that_before_production(
    omi: Omi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "none").mkdir()
    make(tmp_path / "lab.py", str(ROOT / "inventories/lab/customers"))
    make(tmp_path / "empty.py", str(tmp_path / "none"))
    make(tmp_path / INVENTORY, str(ROOT / "inventories/lab/customers"))
    assert said(omi).startswith("yes: shop-alice")
    monkeypatch.setenv("OMI_INVENTORY", "empty.py")
    assert "no account shop-alice" in said(omi)
    assert said(omi, "--inventory", "lab.py").startswith("yes: shop-alice")
    monkeypatch.setenv("OMI_INVENTORY", "")
    assert said(omi).startswith("yes: shop-alice")


def test_without_server_and_inventory_one_of_them_is_asked_for(omi: Omi) -> None:
    done = omi("smtp", "verify")
    assert done.code == 2
    assert "name at least one HOST" in done.err


def test_a_server_that_is_named_is_not_judged_by_production_unasked(
    omi: Omi, tmp_path: Path
) -> None:
    (tmp_path / INVENTORY).parent.mkdir()
    (tmp_path / INVENTORY).write_text("raise SystemError('it was read')")
    named = omi("smtp", "verify", "a.example", "--resolve", "a.example=127.0.0.1", "--timeout", "1")
    assert "it was read" not in named.err
    assert "it was read" in omi("smtp", "verify").err


def test_a_senders_refusal_is_explained_by_production_where_it_is(omi: Omi, tmp_path: Path) -> None:
    asked = ("smtp", "explain", "553 5.7.1 x", "--account", "shop-alice")
    assert "it was read" not in omi(*asked).err
    shutil.rmtree(tmp_path / "inventories", ignore_errors=True)
    (tmp_path / INVENTORY).parent.mkdir()
    (tmp_path / INVENTORY).write_text("raise SystemError('it was read')")
    assert "it was read" in omi(*asked).err
