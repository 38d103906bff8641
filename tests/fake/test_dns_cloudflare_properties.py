"""Whatever JSON comes, the run gets an answer, or an error in one printable sentence."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from omi_core.dns.providers.cloudflare.access import refused_access
from omi_core.dns.providers.cloudflare.answer import ApiAnswer
from omi_core.dns.providers.cloudflare.record import record_of
from omi_core.errors import ObservationError
from omi_core.language import languages
from omi_core.text import Text

WORDS = st.text(max_size=40) | st.sampled_from(
    ["Invalid access token", "Cannot use the access token from location: x", "\x1b[2J", "\ud800"]
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([9109, 10000, 6003, 81058, 429])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=10,
)
FAULT = st.fixed_dictionaries(
    {}, optional={"code": JSON, "message": WORDS | JSON, "source": JSON, "error_chain": JSON}
)
ENVELOPE = st.fixed_dictionaries(
    {},
    optional={
        "success": JSON,
        "result": JSON,
        "result_info": JSON | st.fixed_dictionaries({"count": JSON, "total_pages": JSON}),
        "errors": JSON | st.lists(FAULT, max_size=7),
    },
)
ENTRY = st.fixed_dictionaries(
    {
        "id": WORDS,
        "name": WORDS,
        "type": st.sampled_from(["A", "AAAA", "CNAME", "TXT", "MX", "CAA", "HTTPS"]) | WORDS,
    },
    optional={"content": JSON, "ttl": JSON, "comment": JSON, "priority": JSON, "data": JSON},
)
STATUS = st.sampled_from([100, 200, 204, 302, 400, 401, 403, 404, 418, 429, 500, 599])


@settings(max_examples=500, deadline=None)
@given(status=STATUS, envelope=ENVELOPE | JSON)
def test_whatever_is_answered_is_judged(status: int, envelope: Any) -> None:
    answer = ApiAnswer(status=status, body=json.dumps(envelope).encode())
    assert not answer.is_success or envelope["success"] is True
    for words in (answer.why, answer.fault):
        assert all(words.in_(language).isprintable() for language in languages())
        assert len(words.en) < 2000
    error = refused_access(answer, Text.plain("the zone shop.example"))
    assert error is None or str(error).isprintable()
    with suppress(ObservationError):
        assert all(isinstance(each, dict) for each in answer.listed())
    assert isinstance(answer.pages, int)


@settings(max_examples=500, deadline=None)
@given(status=STATUS, body=st.binary(max_size=200))
def test_whatever_octets_come_are_judged(status: int, body: bytes) -> None:
    answer = ApiAnswer(status=status, body=body)
    assert answer.is_success is (answer.envelope.get("success") is True and 200 <= status < 300)
    assert str(answer.fault).isprintable()


@settings(max_examples=500, deadline=None)
@given(entry=ENTRY)
def test_whatever_stands_in_a_record_is_kept(entry: dict[str, Any]) -> None:
    record = record_of(entry)
    assert record.type == entry["type"]
    assert record.handle == entry["id"]
    assert str(record)
