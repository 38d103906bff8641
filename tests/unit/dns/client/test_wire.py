import dns.zone
import pytest

from omi_core.dns.client.wire import batches, records_of, update_message
from omi_core.dns.plan import Change
from omi_core.dns.record import Record, parse_data
from omi_core.dns.txt import Txt
from omi_core.errors import InputError
from omi_core.names import Fqdn

SHOP = Fqdn.parse("shop.example")


def txt(labels: str, text: str, handle: str = "") -> Record:
    name = SHOP.child(labels)
    return Record(name=name, type="TXT", ttl=60, data=Txt.of(text), handle=handle)


def cname(labels: str) -> Record:
    data = parse_data("CNAME", "x.example.")
    return Record(name=SHOP.child(labels), type="CNAME", ttl=60, data=data)


def change(before: tuple[Record, ...], after: tuple[Record, ...]) -> Change:
    some = (before or after)[0]
    return Change(name=some.name, type=some.type, before=before, after=after)


def message_lines(*changes: Change) -> list[str]:
    text = update_message(SHOP, changes).to_text()
    return [line for line in text.splitlines() if line.startswith(("a.", "b."))]


def test_a_zone_is_read_with_all_that_people_put_into_it() -> None:
    content = dns.zone.from_text(
        "@ 900 SOA ns hostmaster 1 2 3 4 5\n@ 900 NS ns\n*.x 60 TXT one two\n"
        r"A\.b 60 MX 10 Mail"
        "\n_sip._tcp 60 TYPE65280 \\# 2 0102\n",
        origin="Shop.Example.",
        relativize=False,
    )
    records = {(str(r.name), r.type): r for r in records_of(content)}
    assert records["*.x.shop.example.", "TXT"].data == Txt(b"onetwo")
    assert records["*.x.shop.example.", "TXT"].handle == '"one" "two"'
    assert str(records[r"a\.b.shop.example.", "MX"].data) == "10 Mail.Shop.Example."
    assert records["_sip._tcp.shop.example.", "TYPE65280"].ttl == 60


def test_the_whole_set_is_a_prerequisite_in_its_exact_form() -> None:
    theirs = txt("a", "onetwo", '"one" "two"')
    old, new = txt("a", "old"), txt("a", "new")
    assert message_lines(change((old, theirs), (new, theirs))) == [
        'a.shop.example. 0 IN TXT "old"',
        'a.shop.example. 0 IN TXT "one" "two"',
        'a.shop.example. 0 NONE TXT "old"',
        'a.shop.example. 60 IN TXT "new"',
    ]


def test_what_is_created_must_be_absent_and_not_hidden_by_a_cname() -> None:
    assert message_lines(change((), (txt("a", "x"),)), change((), (cname("b"),))) == [
        "a.shop.example. NONE TXT",
        "a.shop.example. NONE CNAME",
        "b.shop.example. NONE ANY",
        'a.shop.example. 60 IN TXT "x"',
        "b.shop.example. 60 IN CNAME x.example.",
    ]


def test_several_sets_at_one_name_are_not_hidden_by_a_cname_either() -> None:
    address = Record(name=SHOP.child("a"), type="A", ttl=60, data=parse_data("A", "192.0.2.1"))
    lines = message_lines(change((), (txt("a", "x"),)), change((), (address,)))
    assert "a.shop.example. NONE CNAME" in lines


def test_a_text_gives_way_to_a_cname_only_where_nobody_added_what_would_keep_that_out() -> None:
    lines = message_lines(change((txt("b", "x"),), ()), change((), (cname("b"),)))
    absent = {line.split()[2] for line in lines if " NONE " in line and len(line.split()) == 3}
    assert {"A", "AAAA", "MX", "NS", "SRV", "CAA", "CNAME"} <= absent
    assert "TXT" not in absent


def test_a_cname_gives_way_to_a_text() -> None:
    assert message_lines(change((cname("b"),), ()), change((), (txt("b", "x"),))) == [
        "b.shop.example. 0 IN CNAME x.example.",
        "b.shop.example. NONE TXT",
        "b.shop.example. 0 NONE CNAME x.example.",
        'b.shop.example. 60 IN TXT "x"',
    ]


def test_changes_of_one_name_stay_in_one_update() -> None:
    big = [change((), (txt(f"k{n}", "x" * 30_000),)) for n in range(3)]
    beside = Change(name=big[0].name, type="A", before=(), after=())
    portions = list(batches([*big, beside]))
    assert [len(portion) for portion in portions] == [2, 1, 1]
    assert all(len(update_message(SHOP, portion).to_wire()) < 65_535 for portion in portions)
    assert list(batches([])) == []


def test_a_name_too_big_for_any_update_is_refused() -> None:
    huge = tuple(txt("k", str(n) + "x" * 30_000) for n in range(3))
    with pytest.raises(InputError, match=r"k\.shop\.example do not fit into one update"):
        list(batches([change((), huge)]))
