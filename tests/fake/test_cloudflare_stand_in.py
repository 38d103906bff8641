"""The stand-in answers as the service was recorded to."""

import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.cloudflare_stand_in import __main__ as demo
from tests.cloudflare_stand_in.account import Account, StoodInZone
from tests.cloudflare_stand_in.service import Service, served

TOKEN = "a-token-that-must-never-be-shown-anywhere"
ZONE_FIELDS = (
    *("id", "name", "status", "paused", "type", "development_mode", "name_servers"),
    *("original_name_servers", "original_registrar", "original_dnshost", "modified_on"),
    *("created_on", "activated_on", "vanity_name_servers", "vanity_name_servers_ips", "meta"),
    *("owner", "account", "tenant", "tenant_unit", "permissions", "plan"),
)
RECORD_FIELDS = (
    *("id", "name", "type", "content", "proxiable", "proxied", "ttl", "settings", "meta"),
    *("comment", "tags", "created_on", "modified_on"),
)


@pytest.fixture
def service() -> Iterator[Service]:
    account = Account(tokens={TOKEN: None})
    account.zone("shop.example")
    with served(account) as made:
        yield made


def zone(service: Service) -> StoodInZone:
    return service.account.zones[0]


def ask(
    service: Service, path: str, body: Any = None, token: str = TOKEN, method: str = ""
) -> tuple[int, dict[str, Any], dict[str, str]]:
    encoded = None if body is None else json.dumps(body).encode()
    request = Request(
        service.url + path,
        data=encoded,
        headers={"Authorization": f"Bearer {token}"},
        method=method or ("POST" if body is not None else "GET"),
    )
    try:
        with urlopen(request) as answer:
            return answer.status, json.load(answer), dict(answer.headers)
    except HTTPError as error:
        with error:
            return error.code, json.load(error), dict(error.headers)


def at(service: Service, rest: str = "") -> str:
    return f"/zones/{zone(service).id}/dns_records{rest}"


def test_a_zone_has_its_twenty_two_fields_in_their_order(service: Service) -> None:
    status, found, _ = ask(service, "/zones?name=shop.example")
    assert status == 200
    assert tuple(found["result"][0]) == ZONE_FIELDS
    assert len(ZONE_FIELDS) == 22
    assert set(found) == {"result", "result_info", "success", "errors", "messages"}


def test_a_record_has_its_fields_and_creating_answers_200(service: Service) -> None:
    status, made, _ = ask(service, at(service), {"name": "@", "type": "TXT", "content": "x"})
    assert status == 200
    assert tuple(made["result"]) == RECORD_FIELDS
    assert (made["result"]["settings"], made["result"]["meta"]) == ({}, {})
    assert made["result"]["created_on"] == made["result"]["modified_on"]
    assert "result_info" not in made


def test_a_cname_says_whether_it_is_flattened(service: Service) -> None:
    entry = {"name": "www", "type": "CNAME", "content": "elsewhere.example"}
    assert ask(service, at(service), entry)[1]["result"]["settings"] == {"flatten_cname": False}


def test_data_that_is_null_is_dropped(service: Service) -> None:
    entry = {"name": "@", "type": "TXT", "content": "x", "data": None, "priority": None}
    assert tuple(ask(service, at(service), entry)[1]["result"]) == RECORD_FIELDS


def test_lists_come_by_type_and_name_and_the_newest_first(service: Service) -> None:
    for name, kind, content in (
        ("b", "TXT", "1"),
        ("b", "TXT", "2"),
        ("a", "TXT", "3"),
        ("z", "A", "192.0.2.1"),
        ("m", "CNAME", "x.example"),
    ):
        ask(service, at(service), {"name": name, "type": kind, "content": content})
    listed = ask(service, at(service))[1]["result"]
    assert [one["content"] for one in listed] == ["192.0.2.1", "x.example", "3", "2", "1"]


def test_an_empty_list_has_one_page(service: Service) -> None:
    assert ask(service, at(service))[1]["result_info"] == {
        "page": 1,
        "per_page": 100,
        "count": 0,
        "total_count": 0,
        "total_pages": 1,
    }


def test_every_answer_says_how_much_may_be_asked(service: Service) -> None:
    headers = ask(service, "/zones")[2]
    assert headers["Ratelimit"] == '"default";r=1199;t=300'
    assert headers["Ratelimit-Policy"] == '"default";q=1200;w=300'
    assert "retry-after" not in headers


def test_over_the_limit_everything_is_429_with_the_time_to_wait(service: Service) -> None:
    service.limit = 1
    ask(service, "/zones")
    status, found, headers = ask(service, at(service))
    assert (status, found["success"], found["result"]) == (429, False, None)
    assert 0 < int(headers["retry-after"]) <= 300


@pytest.mark.parametrize(
    ("path", "body", "token", "status", "code"),
    [
        ("/zones", None, "another", 401, 10000),
        ("/zones", None, "with a space", 400, 6003),
        ("/zones", None, "elsewhere", 403, 9109),
        ("/zones/" + "0" * 32 + "/dns_records", None, TOKEN, 403, 9109),
        ("/zones/x/dns_records", None, TOKEN, 400, 7003),
        ("/nothing", None, TOKEN, 404, 7000),
        ("", {"name": "@", "type": "A", "content": "x"}, TOKEN, 400, 9005),
        ("", {"name": "@", "type": "TXT", "content": "x", "ttl": 30}, TOKEN, 400, 9021),
        ("", {"name": "@", "type": "NOPE", "content": "x"}, TOKEN, 400, 9004),
        ("/" + "0" * 32, None, TOKEN, 404, 81044),
    ],
)
def test_an_error_is_an_envelope_with_its_status_and_code(
    service: Service, path: str, body: Any, token: str, *, status: int, code: int
) -> None:
    service.account.elsewhere.add("elsewhere")
    is_record = not path.startswith(("/zones", "/nothing"))
    given = ask(service, at(service, path) if is_record else path, body, token)
    assert given[0] == status
    assert (given[1]["success"], given[1]["result"]) == (False, None)
    assert given[1]["errors"][0]["code"] == code


def test_deleting_answers_the_identifier_alone(service: Service) -> None:
    made = zone(service).post({"name": "@", "type": "TXT", "content": "x"})
    found = ask(service, at(service, f"/{made['id']}"), method="DELETE")[1]
    assert found["result"] == {"id": made["id"]}


def test_a_command_of_the_demo_finds_the_stand_in_in_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = Account(tokens={TOKEN: None})
    account.zone("shop.example")
    monkeypatch.setattr(demo, "moved", lambda _: account)
    monkeypatch.setattr(demo.TsigKey, "read", lambda path: path)
    script = (
        "import os, sys; from urllib.request import Request, urlopen;"
        "said = urlopen(Request(os.environ['CLOUDFLARE_BASE_URL'] + '/zones', headers="
        "{'Authorization': 'Bearer ' + os.environ['CLOUDFLARE_API_TOKEN']})).read();"
        "sys.exit(7 if b'shop.example' in said else 1)"
    )
    assert demo.main([sys.executable, "-c", script]) == 7
