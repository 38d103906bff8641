"""`omi account may`: the answer of the relays, without asking one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.customers.may_send import Leave, may_send
from omi_core.inventory.customers.owners import sender_owners
from omi_core.names import Address, Fqdn
from omi_core.secret import Secret
from tests.unit.cli.test_smtp import assert_fits

Omi = Callable[..., Any]
INVENTORY = Path(__file__).parents[3] / "inventories/lab.py"


def customer(login: str, *senders: str, domains: tuple[str, ...] = ()) -> Customer:
    made = tuple(map(Sender.parse, senders))
    account = Account(login=login, password_hash=Secret("x"), senders=made)
    known = {one.domain for one in made} | {Fqdn.parse(one) for one in domains}
    return Customer(name=login.title(), domains=tuple(sorted(known)), accounts=(account,))


CUSTOMERS = (
    customer("shop", "alice@shop.example", "Orders@shop.example"),
    customer("news", "@news.example", "bob@böcker.example"),
)


@pytest.mark.parametrize(
    ("login", "address", "leave"),
    [
        ("shop", "alice@shop.example", Leave.YES),
        ("SHOP", "ALICE@Shop.Example", Leave.YES),
        ("shop", "orders@shop.example", Leave.YES),
        ("shop", "bob@shop.example", Leave.NO),
        ("shop", "alice+x@shop.example", Leave.NO),
        ("shop", "alice@mail.shop.example", Leave.NO),
        ("shop", "anybody@news.example", Leave.NO),
        ("news", "anybody@news.example", Leave.YES),
        ("news", "bob@böcker.example", Leave.YES),
        ("news", "bob@xn--bcker-jua.example", Leave.YES),
        ("news", "alice@shop.example", Leave.NO),
        ("nobody", "alice@shop.example", Leave.UNKNOWN),
        ("", "alice@shop.example", Leave.UNKNOWN),
    ],
)
def test_the_answer_is_that_of_the_table_that_postfix_has(
    login: str, address: str, leave: Leave
) -> None:
    asked = Address.parse(address)

    assert may_send(CUSTOMERS, login, asked).leave is leave
    domains = frozenset(one for each in CUSTOMERS for one in each.domains)
    table = sender_owners(CUSTOMERS, domains)
    folded = str(asked).lower()
    owners = table.get(folded) or table.get("@" + folded.partition("@")[2]) or ()
    assert (login.lower() in owners) is (leave is Leave.YES)


@pytest.mark.parametrize(
    ("login", "address", "code"),
    [
        ("shop-alice", "alice@shop.example", 0),
        ("shop-alice", "bob@shop.example", 1),
        ("shop-alise", "alice@shop.example", 2),
        ("news-bob", "anybody@news.example", 0),
    ],
)
def test_json_is_what_its_schema_says_and_carries_the_exit_code(
    login: str, address: str, code: int, omi: Omi
) -> None:
    done = omi("account", "may", login, address, "--inventory", str(INVENTORY), "--json")

    document = assert_fits("account-may", done.out)
    assert (done.code, document["exit_code"]) == (code, code)
    assert document["sentence"].keys() >= {"en", "zh-TW"}


def test_a_no_names_what_the_account_may_use_and_has_a_sentence_in_both_languages(
    omi: Omi,
) -> None:
    done = omi("account", "may", "shop-alice", "bob@shop.example", "--inventory", str(INVENTORY))

    assert done.out == (
        "no: shop-alice may not send as bob@shop.example\n"
        "    customer: Shop\n"
        "    may send as: alice@shop.example, orders@shop.example\n"
        "    for the customer (en): Your account shop-alice may send only as alice@shop.example,"
        " orders@shop.example, not as bob@shop.example. Set one of these as the sender and in"
        " From, or ask us to add bob@shop.example.\n"
        "    for the customer (zh-TW): 您的帳號 shop-alice 只能用 alice@shop.example、"
        "orders@shop.example 寄信，不能用 bob@shop.example。請把寄件者與 From 改為其中一個，"
        "或請我們加上 bob@shop.example。\n"
    )


def test_the_answer_speaks_the_readers_language(omi: Omi) -> None:
    asked = ("account", "may", "shop-alice", "alice@shop.example", "--inventory", str(INVENTORY))

    assert omi(*asked, "--lang", "zh-TW").out.startswith(
        "可以：shop-alice 能以 alice@shop.example 寄信\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x", "nobody", "--inventory", str(INVENTORY)), "not a mail address"),
        (("x", "a@b.example", "--inventory", "/nonexistent.py"), "cannot be read"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, omi: Omi
) -> None:
    done = omi("account", "may", *arguments)

    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_no_hash_of_a_password_stands_in_the_answer(omi: Omi) -> None:
    done = omi(
        *("account", "may", "shop-alice", "alice@shop.example", "--json"),
        *("--inventory", str(INVENTORY)),
    )

    assert "$6$" not in json.dumps(json.loads(done.out))
