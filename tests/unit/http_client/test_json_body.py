import pytest

from omi_core.http_client.json_body import DEPTH, json_of
from omi_core.http_client.meter import AnswerError


def test_what_is_said_is_given_back() -> None:
    assert json_of(b'{"result": [{"id": "x", "meta": {}}], "success": true}') == {
        "result": [{"id": "x", "meta": {}}],
        "success": True,
    }
    assert json_of(b"[" * DEPTH + b"]" * DEPTH)


@pytest.mark.parametrize("levels", [DEPTH + 1, 900, 100_000])
@pytest.mark.parametrize(("opens", "closes"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_json_that_is_too_deep_is_refused(levels: int, opens: bytes, closes: bytes) -> None:
    with pytest.raises(AnswerError, match="JSON of more than 32 levels"):
        json_of(opens * levels + b"1" + closes * levels)


@pytest.mark.parametrize("piece", [b"[],", b"1,", b'"x",'])
def test_json_of_too_many_values_is_refused_before_it_is_built(piece: bytes) -> None:
    with pytest.raises(AnswerError, match="JSON of more than 1000000 values"):
        json_of(b"[" + piece * 1_000_001 + b"1]")


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xfe", b"[" + b"9" * 5000 + b"]"])
def test_what_is_not_json_is_one_sentence(body: bytes) -> None:
    with pytest.raises(AnswerError, match="what is not JSON"):
        json_of(body)
