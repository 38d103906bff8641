from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from omi_core.cli.__main__ import run
from tests.unit.onboarding.tree import Tree, real_key

INVENTORY = """
from omi_core.inventory import environment, internal_ca, load_customers, relay_host

_environment = environment(
    operator_zone="relay.example",
    public_names=("smtp.relay.example",),
    postmaster="postmaster@relay.example",
    customers=load_customers({customers!r}),
    issuer=internal_ca("/nowhere"),
)
relay = [
    relay_host(
        "smtp.relay.example", environment=_environment, ipv4="192.0.2.25", ipv6="2001:db8::25"
    )
]
"""

Omi = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def planted() -> Iterator[Tree]:
    """The servers, started once."""
    with ExitStack() as stack:
        yield Tree(stack, real_key())


@pytest.fixture
def tree(planted: Tree) -> Iterator[Tree]:
    """The tree, in which everything is right."""
    yield planted
    planted.reset()


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    customers = tmp_path / "customers"
    customers.mkdir()
    (customers / "shop.toml").write_text('name = "Shop"\ndomains = ["shop.example"]\n')
    path = tmp_path / "inventory.py"
    path.write_text(INVENTORY.format(customers=str(customers)))
    return path


@pytest.fixture
def omi(
    tree: Tree, inventory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Omi:
    """Run a verb of `omi dns` in this process, on the tree."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def command(verb: str, *words: str) -> tuple[int, str, str]:
        given = ("--inventory", str(inventory), "--root", f"127.0.0.1:{tree.port}", "-4")
        code = run(["dns", verb, *given, "--rate", "5000", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command
