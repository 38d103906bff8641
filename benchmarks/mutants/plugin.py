"""A pytest plugin: without it a mutant would not be met, or could not be called."""

import gc
import inspect
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from hypothesis import Phase, settings
from pyinfra.api.facts import FactBase

_Cached = type(lru_cache(int))
_EXAMPLES = 25


def pytest_configure() -> None:
    """Take fewer examples, of the same seed: what only the hundredth finds is not relied on.

    One that fails is enough; nobody reads the smallest.
    """
    settings.register_profile(
        "mutants",
        deadline=None,
        database=None,
        max_examples=_EXAMPLES,
        phases=(Phase.explicit, Phase.generate),
    )
    settings.load_profile("mutants")


def pytest_collection_finish() -> None:
    """Prepare what was imported, once it is known which tests run.

    A mutant is tried in a fork of the process that has run the tests without it: what `lru_cache`
    kept there, or while tests were collected, would answer in place of the mutant. And pyinfra
    reads the arguments of a fact from its method, not from what is wrapped.
    """
    for one in gc.get_objects():
        if isinstance(one, _Cached) and _is_ours(one):
            one.cache_clear()
    for fact in _below(FactBase):
        if _is_ours(fact) and (wrapped := getattr(fact.command, "__wrapped__", None)):
            fact.command.__signature__ = inspect.signature(wrapped)


def _is_ours(one: Any) -> bool:
    return str(one.__module__).startswith("omi_core")


def _below(kind: type) -> Iterator[Any]:
    below: list[type] = kind.__subclasses__()
    for one in below:
        yield one
        yield from _below(one)
