"""A pytest plugin: each run begins without what an earlier one in the same process remembered.

A mutant is tried in a fork of the process that has run the tests without it. What `lru_cache` kept
there would answer in place of the mutant.
"""

import gc
from functools import lru_cache

_Cached = type(lru_cache(int))


def pytest_sessionstart() -> None:
    """Empty every cache of the package."""
    for one in gc.get_objects():
        if isinstance(one, _Cached) and one.__module__.startswith("omi_core"):
            one.cache_clear()
