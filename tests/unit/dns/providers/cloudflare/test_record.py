"""Between the API's JSON and records, where no service is needed."""

from typing import Any

import pytest

from omi_core.dns.plan import Change
from omi_core.dns.providers.cloudflare.record import batches, folded_name, record_of
from omi_core.dns.record import Record, Type
from omi_core.dns.txt import Txt
from omi_core.errors import InputError
from omi_core.names import Fqdn

NAME = Fqdn.parse("k.shop.example")


def listed(**fields: Any) -> dict[str, Any]:
    return {"id": "0" * 32, "name": "k.shop.example", "type": "TXT", "ttl": 300, **fields}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("bücher.example", "xn--bcher-kva.example."),
        ("BÜCHER.Example.", "xn--bcher-kva.example."),
        ("xn--bcher-kva.example", "xn--bcher-kva.example."),
        ("餐廳.台灣", "xn--3zto70k.xn--kpry57d."),
        ("*.bücher.example", "*.xn--bcher-kva.example."),
        ("_dmarc.bücher.example", "_dmarc.xn--bcher-kva.example."),
        ("straße.example", "xn--strae-oqa.example."),
    ],
)
def test_a_name_in_u_labels_is_the_name_in_a_labels(written: str, name: str) -> None:
    assert folded_name(written).text == name
    assert record_of(listed(name=written)).name.text == name
    target = record_of(listed(type="CNAME", content=written))
    assert target.data == Fqdn(name)


@pytest.mark.parametrize("written", ["\ud800.example", "ﾠ.example", "a" * 70 + "ü.example"])
def test_a_label_that_is_none_is_kept_and_ends_nothing(written: str) -> None:
    assert record_of(listed(name=written)).name.text == f"{written}."


@pytest.mark.parametrize("ttl", [None, "300", True, 1e400, float("nan"), [300], 300.5])
def test_a_ttl_that_is_no_number_of_seconds_is_the_services_choice(ttl: object) -> None:
    assert record_of(listed(ttl=ttl)).ttl == 1


@pytest.mark.parametrize(
    ("ttl", "is_enterprise", "is_taken"),
    [
        (30, True, True),
        (59, True, True),
        (29, True, False),
        (30, False, False),
        (59, False, False),
        (60, False, True),
        (86400, True, True),
        (86401, True, False),
        (1, False, True),
        (0, True, False),
    ],
)
def test_a_ttl_of_thirty_seconds_is_for_enterprise(
    ttl: int, *, is_enterprise: bool, is_taken: bool
) -> None:
    record = Record(name=NAME, type=Type.TXT, ttl=ttl, data=Txt.of("x"))
    change = Change(name=NAME, type=Type.TXT, before=(), after=(record,))
    if is_taken:
        assert list(batches([change], 200, is_enterprise=is_enterprise))
        return
    shortest = 30 if is_enterprise else 60
    with pytest.raises(InputError, match=f"TTL from {shortest} to 86,400 s there, not {ttl}"):
        list(batches([change], 200, is_enterprise=is_enterprise))


def test_a_record_is_edited_into_the_one_that_keeps_its_data() -> None:
    """Else two of a set would be identical for a moment, which the service refuses."""

    def records(ttl: int, *handles: str) -> tuple[Record, ...]:
        return tuple(
            Record(name=NAME, type=Type.TXT, ttl=ttl, data=Txt.of(text), handle=handle)
            for text, handle in zip("abc", handles, strict=True)
        )

    before = tuple(reversed(records(300, "A", "B", "C")))
    change = Change(name=NAME, type=Type.TXT, before=before, after=records(60, "", "", ""))
    [batch] = batches([change], 200)
    pairs = {str(one["id"]): one["content"] for one in batch.patches}
    assert pairs == {"A": '"a"', "B": '"b"', "C": '"c"'}
    assert (batch.deletes, batch.posts) == ((), ())
