"""A suspension in a customer's file: what it says, and that a person's file stays his."""

import re
import tomllib
from pathlib import Path

import pytest

from omi_core.errors import InputError, SettingsError
from omi_core.inventory.customers.editing import new_text, password_in, resumed_in, suspended_in
from omi_core.inventory.customers.files import load_customers, read_customer
from omi_core.inventory.customers.judging import mistakes, shared
from tests.unit.inventory.test_customer_files import HASH

FILE = f"""# Shop, since 2019
name = "Shop"  # pays late
domains = ["shop.example"]

[launch]
X-JobName = "x"

# the web shop
[[account]]
login = "Shop-Web"
password_hash = "{HASH}"
senders = ["@shop.example"]

[[account]]
login = "shop-two"
password_hash = "{HASH}"
senders = ["@shop.example"]
# the end
"""
WHERE = Path("shop.toml")


def reasons(text: str) -> list[str]:
    return [each.suspended for each in read_customer(WHERE, text)[0].accounts]


def test_a_customer_is_suspended_with_all_his_accounts_or_one_of_them() -> None:
    assert reasons(FILE) == ["", ""]
    assert reasons(suspended_in(FILE, "unpaid")) == ["unpaid", "unpaid"]
    assert reasons(suspended_in(FILE, "spam", "shop-web")) == ["spam", ""]
    both = suspended_in(suspended_in(FILE, "unpaid"), "spam", "shop-two")
    assert reasons(both) == ["unpaid", "spam"]


@pytest.mark.parametrize("login", ["", "shop-web"])
@pytest.mark.parametrize("text", [FILE, FILE.replace("\n", "\r\n")])
def test_what_is_suspended_and_resumed_is_the_file_that_it_was(text: str, login: str) -> None:
    assert resumed_in(suspended_in(text, 'he said "later" ü', login), login) == text


def test_only_one_line_is_added_with_the_line_end_of_the_others() -> None:
    text = FILE.replace("\n", "\r\n")
    added = set(suspended_in(text, "x").split("\r\n")) - set(text.split("\r\n"))
    assert added == {'suspended = "x"'}


def test_an_account_of_a_suspended_customer_is_not_resumed_alone() -> None:
    with pytest.raises(InputError, match=r"^all accounts of .* resume him without --account$"):
        resumed_in(suspended_in(FILE, "x"), "shop-web")


def test_an_account_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(InputError, match="no account 'x'; his are Shop-Web, shop-two"):
        suspended_in(FILE, "x", "x")


@pytest.mark.parametrize("written", ['""', "true", '" "', '["x"]', '"a\\nb"', f'"{"x" * 301}"'])
@pytest.mark.parametrize("place", ["suspended", "account[0].suspended"])
def test_a_reason_is_a_line_of_text(tmp_path: Path, written: str, place: str) -> None:
    mark = 'login = "Shop-Web"' if "account" in place else 'name = "Shop"'
    (tmp_path / "shop.toml").write_text(FILE.replace(mark, f"suspended = {written}\n{mark}"))
    with pytest.raises(SettingsError) as caught:
        load_customers(tmp_path)
    assert caught.value.key == place


def test_a_new_password_changes_nothing_else() -> None:
    other = HASH.replace("abcdefgh", "hgfedcba")
    assert password_in(FILE, "SHOP-WEB", other) == FILE.replace(HASH, other, 1)


def test_a_new_file_is_one_that_a_deploy_takes() -> None:
    text = new_text('Caf\u00e9 "X"', ["shop.example"], [("web", HASH, ["@shop.example"])])
    customer, _ = read_customer(WHERE, text)
    assert customer.name == 'Caf\u00e9 "X"'
    assert [each.login for each in customer.accounts] == ["web"]
    assert "[[account]]" in text
    assert tomllib.loads(new_text("X", ["x.example"], []))["domains"] == ["x.example"]


def test_every_mistake_of_a_file_is_said_at_once() -> None:
    text = f"""
nam = "x"
domains = ["shop example", "fine.example"]
suspended = 7
[[account]]
login = "a b"
password_hash = "plain"
senders = ["x@other.example", "y@fine.example", 3]
[[account]]
password_hash = "{HASH}"
senders = []
"""
    customer, found = mistakes("f.toml", text)
    assert customer is None
    assert {each.key for each in found} == {
        "nam",
        "name",
        "domains[0]",
        "suspended",
        "account[0].login",
        "account[0].password_hash",
        "account[0].senders[0]",
        "account[0].senders[2]",
        "account[1].login",
        "account[1].senders",
    }


@pytest.mark.parametrize("text", ["", "x", "account = 3", "domains = 1", "\x00", "[" * 10_000])
def test_whatever_stands_there_is_judged_to_an_end(text: str) -> None:
    assert mistakes("f.toml", text)[1]


def test_two_files_with_one_login_are_told() -> None:
    one = read_customer(WHERE, FILE)[0]
    other = read_customer(
        WHERE, FILE.replace("shop.example", "two.example").replace("shop-two", "three")
    )[0]
    (found,) = shared({"a": one, "b": other})
    assert "'shop-web' already stands in a" in str(found)


ODD = {
    "rows in a list": f"""# odd
name = "Shop"
domains = ["shop.example"]
account = [{{login = "a", password_hash = "{HASH}", senders = ["@shop.example"]}}] # one
""",
    "tables between the accounts": FILE.replace(
        '\n[[account]]\nlogin = "shop-two"',
        '\n[limits]\nsessions = 3 # few\n\n[[account]]\nlogin = "shop-two"',
    ),
    "keys with dots": FILE.replace("[launch]\nX-JobName", "launch.X-JobName"),
    "keys with dots around others": FILE.replace("[launch]\nX-JobName", "launch.X-JobName").replace(
        'domains = ["shop.example"]', 'launch.X-RefNumber = "1"\ndomains = ["shop.example"]'
    ),
    "keys in quotes": FILE.replace("login =", '"login" =').replace("[[account]]", '[["account"]]'),
    "no line end": FILE.rstrip(),
    "mixed line ends": FILE.replace("\n", "\r\n", 5),
    "tables in accounts": FILE.replace(
        "\n# the end",
        '\n[account.limits]\nsessions = 3\n[account.launch]\nX-JobName = "y"\n# the end',
    ),
}


@pytest.mark.parametrize("login", ["", "last"])
@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_is_changed_as_asked_or_refused_with_a_sentence(name: str, login: str) -> None:
    text = ODD[name]
    before = tomllib.loads(text)
    login = login and before["account"][-1]["login"]
    row = before["account"][-1] if login else before
    row["suspended"] = 'he said "later"'
    try:
        after = suspended_in(text, 'he said "later"', login)
    except InputError as error:
        assert "by hand" in str(error)  # noqa: PT017 - either is right
        return
    assert tomllib.loads(after) == before
    comments = [re.findall("#.*", each) for each in (text, after)]
    assert comments[0] == comments[1]
    assert tomllib.loads(resumed_in(after, login)) == tomllib.loads(text)


def test_a_reason_that_no_file_can_hold_is_refused_with_a_sentence() -> None:
    """As a terminal that writes Big5 hands it over."""
    with pytest.raises(SettingsError, match="cannot be read as TOML"):
        read_customer(WHERE, suspended_in(FILE, "\udca5\udc78"))


def test_a_reason_has_at_most_three_hundred_characters() -> None:
    assert reasons(suspended_in(FILE, "x" * 300))[0] == "x" * 300
    with pytest.raises(SettingsError, match="must not have more than 300 characters") as caught:
        reasons(suspended_in(FILE, "x" * 301))
    assert caught.value.where == str(WHERE)


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("true", r'^must be the reason as a text, as "unpaid since October"$'),
        ('"a\\nb"', r"^holds a control character; a line break would be a new setting$"),
    ],
)
def test_what_is_no_reason_is_said_with_what_would_be_right(written: str, right: str) -> None:
    with pytest.raises(SettingsError) as caught:
        reasons(f"suspended = {written}\n{FILE}")
    assert re.search(right, str(caught.value.problem))
    assert caught.value.where == str(WHERE)


def test_who_is_not_suspended_is_resumed_without_a_change() -> None:
    assert resumed_in(FILE) == FILE
    assert resumed_in(FILE, "shop-two") == FILE


def test_resumed_without_a_login_are_the_customer_and_no_account() -> None:
    both = suspended_in(suspended_in(FILE, "unpaid"), "spam", "shop-two")
    assert reasons(resumed_in(both)) == ["", "spam"]


def test_a_customer_without_accounts_has_none_to_suspend() -> None:
    with pytest.raises(InputError, match=r"^the customer has no account 'x'; his are -$"):
        suspended_in('name = "X"\ndomains = ["x.example"]\n', "y", "x")


def test_a_file_that_only_one_reader_takes_is_not_changed() -> None:
    """Nested as deeply as tomllib still reads; tomlkit takes more of the stack."""
    deep = f"a = {'[' * 200}{']' * 200}\n"
    assert tomllib.loads(deep)
    with pytest.raises(InputError, match="by hand"):
        suspended_in(deep, "x")
