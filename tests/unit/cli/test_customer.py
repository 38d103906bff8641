"""`omi customer`: files as a person would write them, and never half of one."""

import fcntl
import json
import os
import re
from pathlib import Path

import pytest

from omi_core.inventory.customers.files import load_customers
from tests.unit.cli.conftest import ROOT, Omi
from tests.unit.cli.test_schemas import _validate
from tests.unit.inventory.test_suspension import FILE

PASSWORD = b"Str0ng-and-long"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(ROOT)
    (tmp_path / "shop.toml").write_text(FILE)
    return ["--inventory", "inventories/lab.py", "--customers", str(tmp_path)]


def test_a_customer_is_added_with_a_password_that_is_shown_once(
    omi: Omi, where: list[str], tmp_path: Path
) -> None:
    done = omi(
        *("customer", "add", "books", "--domain", "books.example", "--login", "books-web"),
        *("--generate", "--json", *where),
    )
    told = json.loads(done.out)
    _validate("customer-add", told)
    assert done.code == 0
    assert re.fullmatch(r"([a-z2-9]{5}-){3}[a-z2-9]{5}", told["password"])
    assert told["password"] not in (tmp_path / "books.toml").read_text()
    assert told["servers"] == ["smtp.itpison.com", "smtp2.itpison.com"]
    assert [one.name for one in load_customers(tmp_path)] == ["books", "Shop"]


def test_a_password_from_stdin_is_shown_nowhere(omi: Omi, where: list[str]) -> None:
    words = ("customer", "add", "b", "--domain", "b.example", "--login", "b-web", *where)
    done = omi(*words, stdin=PASSWORD)
    assert done.code == 0
    assert PASSWORD.decode() not in done.out + done.err
    assert "omi dns records b.example" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shop", "--domain", "x.example"], "is there already"),
        (["x", "--domain", "shop.example"], "already stands in"),
        (["x", "--domain", "x.example", "--login", "SHOP-web"], "already stands in"),
        (["x", "--domain", "x example"], "is not a domain name"),
        (["../x", "--domain", "x.example"], "may hold only letters"),
        (["x", "--domain", "x.example", "--sender", "a@x.example"], "give its --login too"),
        (["x", "--domain", "x.example", "--login", "l", "--sender", "a@y.example"], "outside"),
        (["x", "--domain", "x.example", "--login", "web-login"], "too few|fewer than"),
    ],
)
def test_what_a_deploy_would_refuse_is_not_written(
    omi: Omi, where: list[str], tmp_path: Path, words: list[str], said: str
) -> None:
    before = sorted(tmp_path.iterdir())
    done = omi("customer", "add", *words, *where, stdin=b"short")
    assert done.code == 2
    assert re.search(said, done.err)
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "shop.toml").read_text() == FILE


def test_another_password_changes_one_line(omi: Omi, where: list[str], tmp_path: Path) -> None:
    done = omi(
        "customer", "password", "Shop", "shop-web", "--json", *where, stdin=b"Another-0ne-here"
    )
    _validate("customer-password", json.loads(done.out))
    after = (tmp_path / "shop.toml").read_text()
    changed = [one for one in FILE.splitlines() if one not in after.splitlines()]
    assert done.code == 0
    assert len(after.splitlines()) == len(FILE.splitlines())
    assert all(one.startswith("password_hash") for one in changed)


def test_a_dry_suspension_shows_the_line_and_changes_nothing(
    omi: Omi, where: list[str], tmp_path: Path
) -> None:
    words = ("customer", "suspend", "shop", "--reason", "unpaid", "--dry", *where)
    done = omi(*words)
    second = omi(*words, "--json")
    assert second.err == ""
    told = json.loads(second.out)
    _validate("customer-suspend", told)
    assert done.code == 0
    assert '+suspended = "unpaid"' in done.out.splitlines()
    assert told["accounts"] == ["Shop-Web", "shop-two"]
    assert (tmp_path / "shop.toml").read_text() == FILE


@pytest.mark.parametrize("verb", ["suspend", "resume", "remove"])
def test_a_name_that_is_nobodys_is_refused_with_those_that_are(
    omi: Omi, where: list[str], verb: str
) -> None:
    done = omi("customer", verb, "nobody", "--dry", *where)
    assert done.code == 2
    assert "is not the name of one customer; there are shop" in done.err


def test_the_second_of_two_operators_is_told_in_a_sentence(
    omi: Omi, where: list[str], tmp_path: Path
) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    done = omi("customer", "suspend", "shop", *where)
    os.close(descriptor)
    assert done.code == 2
    assert "another command is changing the customers" in done.err
    assert (tmp_path / "shop.toml").read_text() == FILE


def test_who_does_not_confirm_removes_nothing(omi: Omi, where: list[str], tmp_path: Path) -> None:
    assert omi("customer", "remove", "shop", *where, stdin=b"n\n").code != 0
    assert (tmp_path / "shop.toml").read_text() == FILE


def test_a_dry_removal_says_how_long_keys_stay(omi: Omi, where: list[str]) -> None:
    done = omi("customer", "remove", "shop", "--dry", "--json", *where)
    told = json.loads(done.out)
    _validate("customer-remove", told)
    assert told["kept_days"] == 7


def test_every_mistake_of_every_file_is_said(omi: Omi, where: list[str], tmp_path: Path) -> None:
    assert omi("customer", "check", str(tmp_path)).code == 0
    (tmp_path / "bad.toml").write_text('name = "x"\ndomains = ["x y"]\nfoo = 1\n')
    (tmp_path / "twin.toml").write_text('name = "x"\ndomains = ["shop.example"]\n')
    (tmp_path / "octets.toml").write_bytes(b"\xff")
    done = omi("customer", "check", str(tmp_path), "--json")
    told = json.loads(done.out)
    _validate("customer-check", told)
    assert done.code == 1
    assert [(Path(one["file"]).name, one["key"]) for one in told["mistakes"]] == [
        ("bad.toml", "foo"),
        ("bad.toml", "domains[0]"),
        ("octets.toml", ""),
        ("twin.toml", "domains"),
    ]
    assert where


def test_an_editor_is_told_of_every_key(tmp_path: Path) -> None:
    """The schema for editors takes what the reader takes, and refuses what it refuses."""
    import tomllib

    from jsonschema import Draft202012Validator

    schema = json.loads((ROOT / "omi_core/cli/schemas/customer-file.json").read_text())
    judge = Draft202012Validator(schema)
    assert judge.is_valid(tomllib.loads(FILE.replace("domains", 'suspended = "x"\ndomains', 1)))
    assert not judge.is_valid(tomllib.loads(FILE.replace("login", "logn", 1)))
    assert not judge.is_valid(tomllib.loads(FILE.replace('name = "Shop"', "nam = 1", 1)))
    assert tmp_path
