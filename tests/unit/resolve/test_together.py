"""What asks at the same time: results in order, and nothing left behind where one fails."""

import asyncio
import gc
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest

from omi_core.resolve.network import together


async def after(turns: int, value: str) -> str:
    for _ in range(turns):
        await asyncio.sleep(0)
    if value.startswith("!"):
        raise ValueError(value)
    return value


async def fails(asking: Sequence[Coroutine[Any, Any, str]]) -> bool:
    try:
        await together(*asking)
    except ValueError:
        return True
    return False


def test_the_results_are_in_the_order_of_what_asks() -> None:
    async def run() -> list[str]:
        return await together(after(3, "a"), after(1, "b"), after(0, "c"))

    assert asyncio.run(run()) == ["a", "b", "c"]


def test_nothing_is_asked_where_there_is_nothing_to_ask() -> None:
    async def run() -> list[str]:
        return await together()

    assert asyncio.run(run()) == []


@pytest.mark.parametrize("turns", [(5, 3, 1), (1, 3, 5), (1, 1, 1)])
@pytest.mark.parametrize("failing", [(0,), (1,), (2,), (0, 1), (0, 2), (0, 1, 2)])
def test_where_one_fails_the_others_are_given_up_without_a_word(
    failing: tuple[int, ...], turns: tuple[int, ...]
) -> None:
    said: list[dict[str, Any]] = []

    async def run() -> set[asyncio.Task[Any]]:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
        asking = [after(wait, "!" * (n in failing)) for n, wait in enumerate(turns)]
        assert await fails(asking)
        gc.collect()
        return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]

    assert asyncio.run(run()) == set()
    assert said == []
