"""Answers of the service that are none: not whole, not a success, not now, or not for us."""

import json
import traceback
from typing import Any

import pytest

from omi_core.dns.errors import ServerRefusedError
from omi_core.errors import InputError, ObservationError
from omi_core.names import Fqdn
from omi_core.secret import Secret
from tests.cloudflare_stand_in import recorded
from tests.fake.cloudflare_world import SHOP, TOKEN, World, planned, run, text_at, wanted, world

__all__ = ["world"]


def said(**envelope: Any) -> bytes:
    return json.dumps(envelope).encode()


def posts(world: World) -> int:
    return sum("POST" in line for line in world.service.asked)


def no(code: int, message: str, **more: Any) -> dict[str, Any]:
    errors = [{"code": code, "message": message, **more}]
    return {"success": False, "errors": errors, "messages": [], "result": None}


REFUSED = no(7003, "Could not route to that, perhaps your object identifier is invalid?")
INFO = {"page": 1, "per_page": 100, "count": 0, "total_count": 0, "total_pages": 1}


@pytest.mark.parametrize("path", ["/zones", "dns_records"])
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (said(success=False, result=None, errors=[]), "200 without success and gives no reason"),
        (said(success=False, result=[], errors=[], result_info=INFO), "without success"),
        (said(result=[], errors=[], result_info=INFO), "without success"),
        (said(success="true", result=[], errors=[]), "without success"),
        (said(**REFUSED), r"perhaps your object identifier is invalid\? \(7003\)"),
        (said(success=True, result=None, errors=[]), "answers no list"),
        (said(success=True, result={}, errors=[]), "answers no list"),
        (said(success=True, result=["x"], errors=[]), "answers no list"),
        (said(success=True, result=[{}]), r"no identifier|shows the API token no zone"),
        (
            said(success=True, result=[], result_info={**INFO, "count": 7}),
            r"it lists less than it counts|token no zone",
        ),
        (b"[]", "what is not an object"),
        (b"null", "what is not an object"),
        (b"", "what is not JSON"),
        (b"<html>a portal</html>", "what is not JSON"),
        (b"[" * 5000 + b"]" * 5000, "JSON of more than 32 levels"),
        (b'{"result":[' + b"1," * 1_000_001 + b"1]}", "JSON of more than 1000000 values"),
    ],
)
def test_a_zone_is_never_read_from_an_answer_that_is_no_success(
    world: World, path: str, body: bytes, sentence: str
) -> None:
    made = planned(provider := world.provider())
    before = world.content()
    world.fault(method="GET", path=path, status=200, body=body, times=None)
    with pytest.raises(ObservationError, match=sentence):
        world.provider().read(SHOP, ())
    if path == "dns_records":
        with pytest.raises(ObservationError, match=sentence):
            provider.apply(SHOP, made.changes)
    assert posts(world) == 0
    assert world.content() == before


@pytest.mark.parametrize(
    ("envelope", "sentence"),
    [
        ({"success": False, "result": None, "errors": []}, "did not accept a change of shop"),
        ({"success": False, "result": {}, "errors": None}, "did not accept a change of shop"),
        ({"result": {}}, "did not accept a change of shop"),
        (no(1004, "DNS Validation Error"), r"refuses .*DNS Validation Error \(1004\); nothing of"),
        (no(9109, "Unauthorized to access requested resource"), "give it Zone Read and DNS Edit"),
        (no(10000, "Authentication error"), "does not accept the API token"),
    ],
)
def test_a_change_that_is_no_success_is_posted_once(
    world: World, envelope: dict[str, Any], sentence: str
) -> None:
    before = world.content()
    world.fault(method="POST", status=200, body=said(**envelope), times=None)
    with pytest.raises((ObservationError, InputError), match=sentence):
        run(world.provider())
    assert posts(world) == 1
    assert world.content() == before


def test_the_reason_of_an_old_style_refusal_is_in_the_sentence(world: World) -> None:
    chain = [{"code": 9021, "message": "Invalid TTL. Must be between 60 and 86400 seconds."}]
    body = said(**no(1004, "DNS Validation Error", error_chain=chain))
    world.fault(method="POST", status=400, body=body)
    with pytest.raises(InputError, match=r"DNS Validation Error: Invalid TTL.*\(9021\) \(1004\)"):
        run(world.provider())


LOCATION = "does not take the API token from this machine's address"
INVALID = "does not accept the API token"
RIGHTS = "does not let the API token have the zone shop.example"


@pytest.mark.parametrize(
    ("status", "code", "words", "sentence"),
    [
        (403, 9109, "Invalid access token", INVALID),
        (403, 9109, "Cannot use the access token from location: 203.0.113.9", LOCATION),
        (403, 9109, "Cannot use the access token from location: 2001:db8::9", LOCATION),
        (403, 9109, "Unauthorized to access requested resource", RIGHTS),
        (403, 9109, "Valid user-level authentication not found", INVALID),
        (403, 9109, "The access token has expired", INVALID),
        (403, 9109, "permission denied", RIGHTS),
        (401, 1000, "Invalid API Token", INVALID),
        (403, 10000, "Authentication error", RIGHTS),
        (401, 10000, "Authentication error", INVALID),
        (400, 6003, "Invalid request headers", INVALID),
        (400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers", INVALID),
        (200, 9109, "Invalid access token", INVALID),
        (200, 9109, "Cannot use the access token from location: 203.0.113.9", LOCATION),
    ],
)
def test_an_access_that_is_denied_is_told_by_its_words_and_in_them(
    world: World, status: int, code: int, words: str, sentence: str
) -> None:
    world.fault(status=status, body=said(**no(code, words)), times=None)
    with pytest.raises(ServerRefusedError) as caught:
        world.provider().read(SHOP, ())
    assert sentence in str(caught.value)
    assert f'({code}): it says "{words}"' in str(caught.value)
    assert len(world.service.asked) == 1


def test_a_token_for_another_address_is_said_before_anything_is_written(world: World) -> None:
    world.service.account.elsewhere.add(TOKEN)
    with pytest.raises(ServerRefusedError, match="add the address to Client IP Address Filtering"):
        run(world.provider())


@pytest.mark.parametrize(
    "words",
    [
        f"Invalid access token {TOKEN}",
        f"{TOKEN}\x1b[2J\u202e{TOKEN}",
        "x" * 155 + TOKEN,
        f"Bearer {TOKEN} " * 1000,
    ],
)
def test_words_that_repeat_the_token_do_not_show_it(world: World, words: str) -> None:
    world.fault(status=403, body=said(**no(9109, words)))
    with pytest.raises(ServerRefusedError) as caught:
        world.provider().read(SHOP, ())
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value.text)
    assert TOKEN[:12] not in shown
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


PAST = "Tue, 01 Jan 2019 00:00:00 GMT"


@pytest.mark.parametrize("retry_after", ["0", "1", PAST, "-1", "", "soon"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_being_asked_too_often_for_ever_ends_whatever_it_says(
    world: World, method: str, retry_after: str
) -> None:
    before = world.content()
    world.fault(method=method, status=429, headers={"retry-after": retry_after}, times=None)
    with pytest.raises(ObservationError, match=r"did not accept .* because it was asked too often"):
        run(world.provider())
    assert len([line for line in world.service.asked if method in line]) <= 6
    assert world.clock.now <= 900
    assert world.content() == before


@pytest.mark.parametrize("retry_after", ["9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT", "100000"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_pause_for_ever_is_not_waited_for(world: World, method: str, retry_after: str) -> None:
    world.fault(method=method, status=429, headers={"retry-after": retry_after}, times=None)
    with pytest.raises(ObservationError, match=r"did not accept .* s of silence; run again later"):
        run(world.provider())
    assert world.clock.slept == []


def test_a_change_that_is_too_often_is_not_accepted_and_not_called_published(world: World) -> None:
    world.fault(method="POST", status=429, headers={"retry-after": "0"}, times=None)
    sentence = (
        "^Cloudflare did not accept a change of shop.example, because it was asked too often, 4"
        " times; what is written is whole, run again$"
    )
    with pytest.raises(ObservationError, match=sentence):
        run(world.provider())
    assert posts(world) == 4


@pytest.mark.parametrize("code", [971, 10100])
def test_too_often_is_also_told_by_its_code(world: World, code: int) -> None:
    world.fault(status=400, body=said(**no(code, "Please wait")), headers={"retry-after": "7"})
    assert planned(world.provider())
    assert world.clock.slept == [7]


def test_an_answer_of_the_wrong_size_is_one_sentence(world: World) -> None:
    world.fault(status=200, body=b"x" * (33 << 20), times=None)
    with pytest.raises(ObservationError, match="it answers more than 33554432 octets"):
        world.provider().read(SHOP, ())


@pytest.mark.parametrize("pages", [10**9, 10_001, 2])
def test_pages_without_end_end(world: World, pages: int) -> None:
    info = {**INFO, "total_pages": pages}
    body = said(success=True, result=[], errors=[], result_info=info)
    world.fault(path="dns_records", status=200, body=body, times=None)
    with pytest.raises(ObservationError, match="its pages have no end"):
        world.provider().read(SHOP, ())
    assert len(world.service.asked) == 2


def test_a_page_that_comes_again_is_not_read_twice(world: World) -> None:
    info = {**INFO, "count": 1, "total_pages": 3}
    entry = world.zone.listed()[0]
    body = said(success=True, result=[entry], errors=[], result_info=info)
    world.fault(path="dns_records", status=200, body=body, times=None)
    with pytest.raises(ObservationError, match="its pages have no end"):
        world.provider().read(SHOP, ())
    assert len(world.service.asked) == 3


@pytest.mark.parametrize("pages", [None, "2", True, 1.5, [], -3])
def test_a_number_of_pages_that_is_none_is_one_page(world: World, pages: object) -> None:
    body = said(success=True, result=[], errors=[], result_info={**INFO, "total_pages": pages})
    world.fault(path="dns_records", status=200, body=body)
    assert not world.provider().read(SHOP, ()).records


@pytest.mark.parametrize("entry", [{"name": "a.shop.example", "type": "A"}, {"id": 5}, {}])
def test_a_record_that_cannot_be_told_is_one_sentence(world: World, entry: object) -> None:
    body = said(success=True, result=[entry], errors=[])
    world.fault(path="dns_records", status=200, body=body)
    with pytest.raises(ObservationError, match="a record has no identifier, name or type"):
        world.provider().read(SHOP, ())


def test_a_zone_is_found_by_its_name_in_whatever_labels_it_is_listed(world: World) -> None:
    account = world.service.account
    for name in ("xn--bcher-kva.example", "other.example"):
        account.zone(name)
    provider = world.provider()
    provider.writable = (Fqdn.parse("bücher.example"),)
    assert recorded.shown_name("xn--bcher-kva.example") == "bücher.example"
    assert not provider.read(Fqdn.parse("bücher.example"), ()).records


def test_a_list_that_was_not_filtered_gives_no_other_zone(world: World) -> None:
    other = world.service.account.zone("other.example")
    body = said(success=True, result=[other.entry()], errors=[])
    world.fault(path="/zones", status=200, body=body)
    with pytest.raises(ServerRefusedError, match=r"shows the API token no zone shop\.example"):
        world.provider().read(SHOP, ())


@pytest.mark.parametrize("identifier", ["../user", "", 7, None, "A" * 32])
def test_an_identifier_goes_into_no_path_unless_it_is_one(world: World, identifier: object) -> None:
    body = said(success=True, result=[{**world.zone.entry(), "id": identifier}], errors=[])
    world.fault(path="/zones", status=200, body=body)
    with pytest.raises(ObservationError, match="a zone has no identifier"):
        world.provider().read(SHOP, ())


def test_a_ttl_of_thirty_seconds_is_written_on_enterprise(world: World) -> None:
    world.zone.plan = recorded.ENTERPRISE_PLAN
    run(world.provider(), wanted(text_at("short", "k", ttl=30)))
    assert world.named("short", "TXT")[0]["ttl"] == 30


def test_no_redirect_takes_the_token_elsewhere(world: World) -> None:
    elsewhere = {"location": "http://127.0.0.1:9/"}
    world.fault(status=302, body=b"", headers=elsewhere, times=None)
    with pytest.raises(ObservationError, match="it answers 302"):
        world.provider(str(Secret(TOKEN).unmask())).read(SHOP, ())
