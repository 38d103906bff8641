"""Cases of which `make test` takes some, and `make soak-lab` the rest: each is a deploy or two."""

from collections.abc import Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")


def sampled(cases: Iterable[T], every: int = 2) -> list[object]:
    """Return the cases for `pytest.mark.parametrize`, all but each `every`th marked `soak`."""
    return [
        case if at % every == 0 else pytest.param(case, marks=pytest.mark.soak)
        for at, case in enumerate(cases)
    ]
