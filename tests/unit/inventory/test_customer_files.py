"""A mistake in a customer's file is refused with the file, the key and what would be right."""

import json
import re
import tomllib
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omi_core.errors import InputError, SettingsError
from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.customers.files import load_customers
from omi_core.inventory.customers.password_hash import MOST_ROUNDS
from omi_core.names import Fqdn
from omi_core.secret import MASK, Secret

HASH = "{SHA512-CRYPT}$6$abcdefgh$" + "Marker" * 14 + "ab"

RIGHT = f"""
name = "商店"
domains = ["shop.example", "Store.Example."]

[[account]]
login = "shop-alice"
password_hash = "{HASH}"
senders = ["alice@shop.example", "@store.example", "shop.example"]
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "shop.toml").write_text(RIGHT, encoding="utf-8")
    return tmp_path


def edit(directory: Path, old: str, new: str) -> None:
    assert old in RIGHT
    (directory / "shop.toml").write_text(RIGHT.replace(old, new, 1), encoding="utf-8")


def refusal(directory: Path) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load_customers(directory)
    assert "\n" not in str(caught.value)
    assert str(directory) in caught.value.where
    return caught.value


def test_a_right_file_becomes_a_customer(directory: Path) -> None:
    (customer,) = load_customers(str(directory))
    assert customer.name == "商店"
    assert [domain.relative for domain in customer.domains] == ["shop.example", "store.example"]
    (account,) = customer.accounts
    assert account.login == "shop-alice"
    assert account.password_hash.unmask() == HASH
    assert [str(sender) for sender in account.senders] == [
        "alice@shop.example",
        "@store.example",
        "@shop.example",
    ]


def test_customers_come_in_the_order_of_their_files_names(directory: Path) -> None:
    (directory / "alpha.toml").write_text('name = "A"\ndomains = ["a.example"]\n')
    (directory / "README.md").write_text("no customer")
    assert [customer.name for customer in load_customers(directory)] == ["A", "商店"]


def test_a_customer_may_have_no_account_yet(directory: Path) -> None:
    (directory / "shop.toml").write_text('name = "A"\ndomains = ["a.example"]\n')
    assert load_customers(directory)[0].accounts == ()


def test_a_password_hash_is_printed_by_nothing(directory: Path) -> None:
    (customer,) = load_customers(directory)
    assert MASK in repr(customer)
    assert "Marker" not in f"{customer} {customer!r} {customer.accounts[0]}"


OF_A_CUSTOMER = "known are account, control_headers, domains, launch, limits, may_set, name"
OF_AN_ACCOUNT = "known are control_headers, launch, limits, login, may_set, password_hash, senders"


@pytest.mark.parametrize(
    ("old", "new", "key", "right"),
    [
        ('name = "商店"', "", "name", "is missing"),
        ('"商店"', "5", "name", "must be a text"),
        ('"商店"', '""', "name", "not empty"),
        ('"商店"', r'"a\nb"', "name", "control character"),
        ('"商店"', r'"a\u0085b"', "name", "control character"),
        ("name =", "nam =", "nam", OF_A_CUSTOMER),
        ("name =", r'"na\nme" =', "na\nme", OF_A_CUSTOMER),
        ('["shop.example", "Store.Example."]', "[]", "domains", "at least one"),
        ('["shop.example", "Store.Example."]', '"shop.example"', "domains", "must be a list"),
        ('["shop.example", "Store.Example."]', "[5]", "domains[0]", "must be a text"),
        ('"Store.Example."', '"store_example"', "account[0].senders[1]", "outside"),
        ('"Store.Example."', '"*.example"', "domains[1]", "may hold only letters"),
        ('"Store.Example."', '"192.0.2.1"', "domains[1]", "is an address"),
        ('"Store.Example."', r'"store.example\r"', "domains[1]", "control character"),
        ('"Store.Example."', '"Store.Example", "SHOP.example"', "domains", "keep one"),
        ("[[account]]", "[account]", "account", "[[account]]"),
        ("login =", "user =", "account[0].user", OF_AN_ACCOUNT),
        ('login = "shop-alice"', "", "account[0].login", "is missing"),
        ('"shop-alice"', '"shop alice"', "account[0].login", "may hold only letters"),
        ('"shop-alice"', '"shop:alice"', "account[0].login", "may hold only letters"),
        ('"shop-alice"', '"-alice"', "account[0].login", "may hold only letters"),
        ('"shop-alice"', '"' + "a" * 65 + '"', "account[0].login", "at most 64"),
        ('"shop-alice"', r'"alice\u0000"', "account[0].login", "control character"),
        ('senders = ["alice@shop.example"', 'senders = ["a@b@c"', "account[0].senders[0]", "name@"),
        ('"alice@shop.example"', '"alice@sub.shop.example"', "account[0].senders[0]", "outside"),
        ('"alice@shop.example"', '"@"', "account[0].senders[0]", "empty part"),
        ('"alice@shop.example"', '"alice"', "account[0].senders[0]", "outside"),
        ('"alice@shop.example"', r'"a\n@shop.example"', "account[0].senders[0]", "control"),
    ],
)
def test_a_wrong_file_is_refused(directory: Path, old: str, new: str, key: str, right: str) -> None:
    edit(directory, old, new)
    error = refusal(directory)
    assert error.key == key
    assert str(error).isprintable()
    assert right in str(error.problem)


@pytest.mark.parametrize(
    "written",
    [
        "Passw0rd-Marker",
        "{PLAIN}Passw0rd-Marker",
        "$6$abcdefgh$" + "Marker" * 14 + "ab",
        HASH.replace("$6$", "$5$"),
        HASH[:-1],
        HASH + "a",
        HASH + r"\n",
        HASH.replace("abcdefgh", "abc:defgh"),
        HASH.replace("abcdefgh", "a" * 17),
        HASH.replace("$6$", "$6$rounds=10$"),
        HASH.replace("$6$", "$6$rounds=0999$"),
        HASH.replace("$6$", "$6$rounds=005000$"),
        HASH.replace("$6$", "$6$rounds=1e3$"),
        "{BLF-CRYPT}$2y$31$" + "Marker" * 8 + "Marke",
        "{CRYPT}$y$jFT$" + "Marker" * 10,
        "{ARGON2ID}$argon2id$v=19$m=4194304,t=4294967295,p=1$TWFya2Vy$Marker",
        "{PBKDF2}$1$Marker$999999999$Marker",
        r"Marker\u0007",
    ],
)
def test_a_wrong_hash_is_refused_and_never_repeated(directory: Path, written: str) -> None:
    edit(directory, HASH, written)
    error = refusal(directory)
    assert error.key == "account[0].password_hash"
    assert "Marker" not in str(error)


def test_a_hash_with_rounds_is_taken(directory: Path) -> None:
    edit(directory, "$6$", "$6$rounds=100000$")
    assert load_customers(directory)


def test_the_most_rounds_are_taken(directory: Path) -> None:
    edit(directory, "$6$", f"$6$rounds={MOST_ROUNDS}$")
    assert load_customers(directory)


@pytest.mark.parametrize("rounds", [MOST_ROUNDS + 1, 999_999_999])
def test_a_hash_that_would_keep_a_relay_busy_is_refused(directory: Path, rounds: int) -> None:
    edit(directory, "$6$", f"$6$rounds={rounds}$")
    error = refusal(directory)
    assert error.key == "account[0].password_hash"
    assert f"has {rounds} rounds" in str(error.problem)
    assert f"the most is {MOST_ROUNDS}" in str(error.problem)
    assert "omi account hash" in str(error.problem)


def test_two_customers_cannot_claim_one_domain(directory: Path) -> None:
    (directory / "other.toml").write_text('name = "O"\ndomains = ["SHOP.example."]\n')
    error = refusal(directory)
    assert error.key == "domains"
    assert "'shop.example' already stands in" in str(error.problem)
    assert "other.toml" in str(error.problem)


def test_a_login_cannot_stand_twice_in_any_case(directory: Path) -> None:
    other = RIGHT.replace("shop.example", "other.example").replace("Store.", "Third.")
    other = other.replace("@store.", "@third.").replace("shop-alice", "Shop-Alice")
    (directory / "other.toml").write_text(other, encoding="utf-8")
    error = refusal(directory)
    assert error.key == "login"
    assert "'shop-alice' already stands in" in str(error.problem)


@pytest.mark.parametrize(
    "content",
    [
        *(b"name = \xff", b"name = ", b"\x00", b"name = 1\nname = 2", "\uff4eame = 1".encode()),
        b"name = " + b"[" * 5000,  # which is a RecursionError to Python's TOML
    ],
)
def test_a_file_that_is_no_toml_is_refused(directory: Path, content: bytes) -> None:
    (directory / "shop.toml").write_bytes(content)
    assert "cannot be read as TOML" in str(refusal(directory).problem)


def test_a_file_that_cannot_be_opened_is_refused(directory: Path) -> None:
    (directory / "folder.toml").mkdir()
    assert "cannot be read" in str(refusal(directory).problem)


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a directory; make it"):
        load_customers(tmp_path / "customers")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_a_customer_or_a_settings_error(directory: Path, content: bytes) -> None:
    (directory / "shop.toml").write_bytes(content)
    with suppress(SettingsError):
        load_customers(directory)


TEXTS = st.sampled_from(
    ("shop.example", "Shop.Example.", "@shop.example", "alice@shop.example", "other.example",
     "*.shop.example", "192.0.2.1", "例子.測試", "a b", "", ".", "shop", "商店")
) | st.text(max_size=20)  # fmt: skip
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.booleans(), st.floats(), st.datetimes()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
LISTS = st.lists(TEXTS, max_size=3)


def mostly(
    usual: "st.SearchStrategy[object]", seldom: "st.SearchStrategy[object]"
) -> "st.SearchStrategy[Any]":
    return st.integers(0, 7).flatmap(lambda drawn: seldom if drawn == 7 else usual)


def table(keys: "dict[str, st.SearchStrategy[object]]") -> "st.SearchStrategy[dict[str, object]]":
    """Each key with what should stand there, mostly; sometimes one less, or one too many."""
    known = {key: mostly(value, VALUES) for key, value in keys.items()}
    odd = st.fixed_dictionaries({}, optional={**known, "kye": VALUES, "": VALUES, "a\nb": VALUES})
    return mostly(st.fixed_dictionaries(known), odd)


HASHES = st.sampled_from((HASH, HASH, HASH, HASH[:-1]))
ACCOUNTS = table(
    {
        "login": mostly(st.just("shop-alice"), TEXTS),
        "password_hash": HASHES,
        "senders": st.lists(st.sampled_from(("@shop.example", "a@shop.example")), max_size=2),
    }
)
GIVEN = st.just(["shop.example", "Other.Example."])
DOMAINS = mostly(GIVEN, LISTS)
FILES = table(
    {
        "name": mostly(st.just("商店"), TEXTS),
        "domains": DOMAINS,
        "account": st.lists(ACCOUNTS, max_size=2),
    }
)


def toml(value: object) -> str:
    """A value as TOML writes it (toml.io/en/v1.0.0), apart from any library."""
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat()
        case str():
            return json.dumps(value).replace("\x7f", "\\u007f")
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return f"{{{', '.join(f'{toml(key)} = {toml(one)}' for key, one in value.items())}}}"
    return str(value)


def document(keys: dict[str, object]) -> str:
    return "".join(f"{toml(key)} = {toml(value)}\n" for key, value in keys.items())


def without_surrogates(text: str) -> str:
    return re.sub(
        r"\\u(d[89ab]..)\\u(d[c-f]..)",
        lambda pair: chr(0x10000 + (int(pair[1], 16) - 0xD800) * 0x400 + int(pair[2], 16) - 0xDC00),
        text,
    )


def loaded(directory: Path) -> Customer | SettingsError:
    try:
        [customer] = load_customers(directory)
    except SettingsError as error:
        return error
    return customer


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(FILES)
def test_any_toml_with_a_customers_keys_is_a_customer_or_a_sentence_with_the_key(
    directory: Path, keys: dict[str, object]
) -> None:
    written = without_surrogates(document(keys))
    (directory / "shop.toml").write_text(written, encoding="utf-8")
    assert set(tomllib.loads(written)) == set(keys)
    customer = loaded(directory)
    if isinstance(customer, SettingsError):
        assert "\n" not in str(customer)
        assert customer.key
        assert "Marker" not in str(customer)
        return
    assert customer.name == keys["name"]
    assert {one.relative for one in customer.domains} <= {
        Fqdn.parse(str(one)).relative
        for one in keys["domains"]  # type: ignore[attr-defined]
    }
    accounts = keys.get("account", [])
    assert [one.login for one in customer.accounts] == [one["login"] for one in accounts]  # type: ignore[attr-defined, index]


def test_of_such_files_customers_come_out_and_so_does_every_refusal(directory: Path) -> None:
    """The strategy itself: it must not only make files that are refused at the first key."""
    came: set[str] = set()

    @settings(max_examples=200, derandomize=True)
    @given(FILES)
    def look(keys: dict[str, object]) -> None:
        (directory / "shop.toml").write_text(without_surrogates(document(keys)), encoding="utf-8")
        made = loaded(directory)
        is_refused = isinstance(made, SettingsError)
        came.add(re.sub(r"\[\d+\]", "", made.key) if is_refused else "a customer")

    look()
    assert came >= {"a customer", "name", "domains", "account.login", "account.password_hash"}


def test_a_customer_made_by_hand_keeps_to_his_domains_too() -> None:
    with pytest.raises(InputError, match="sends as @other"):
        Customer(
            name="Shop",
            domains=(Fqdn.parse("shop.example"),),
            accounts=(
                Account(
                    login="a",
                    password_hash=Secret("x"),
                    senders=(Sender.parse("other.example"),),
                ),
            ),
        )


@given(st.one_of(st.emails(), st.text(max_size=30), st.just("@shop.example")))
def test_any_text_is_a_sender_that_reads_back_as_itself_or_an_input_error(written: str) -> None:
    try:
        sender = Sender.parse(written)
    except InputError:
        return
    assert Sender.parse(str(sender)) == sender
