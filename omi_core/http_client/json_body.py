"""JSON of strangers, bounded in the number of its values and in how deep they lie."""

import json
from collections.abc import Mapping
from itertools import chain

from omi_core.http_client.meter import AnswerError

DEPTH = 32
VALUES = 1_000_000


def json_of(body: bytes) -> object:
    """Return what a body says; raises AnswerError for what is not JSON, or too much of it."""
    # Each value but the first has one of these before it; counted before anything is built.
    if sum(map(body.count, (b",", b"[", b"{"))) > VALUES:
        raise AnswerError("it answers JSON of more than {values} values", values=VALUES)
    try:
        found: object = json.loads(body)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise AnswerError("it answers what is not JSON") from None
    layer: list[object] = [found]
    for _ in range(DEPTH):
        layer = [each for each in chain.from_iterable(map(_inside, layer)) if _is_nested(each)]
        if not layer:
            return found
    raise _too_deep()


def _is_nested(value: object) -> bool:
    return isinstance(value, dict | list)


def _inside(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _too_deep() -> AnswerError:
    return AnswerError("it answers JSON of more than {depth} levels", depth=DEPTH)
