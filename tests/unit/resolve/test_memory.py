"""What several want is looked up once, and whoever gives up takes nothing from the others."""

import asyncio

import pytest

from omi_core.errors import ObservationError
from omi_core.resolve.budget import BudgetSpentError
from omi_core.resolve.memory import Memory


class Slow:
    """Answers once it is told to; counts who looked."""

    def __init__(self) -> None:
        self.looked = 0
        self.may_answer = asyncio.Event()

    async def __call__(self) -> str:
        self.looked += 1
        await self.may_answer.wait()
        return "found"


def test_several_who_want_one_look_it_up_once() -> None:
    async def three() -> tuple[list[str], int]:
        memory, slow = Memory[str, str](8), Slow()
        waiting = [asyncio.create_task(memory.once("a", slow)) for _ in range(3)]
        await asyncio.sleep(0)
        slow.may_answer.set()
        return await asyncio.gather(*waiting), slow.looked

    assert asyncio.run(three()) == (["found"] * 3, 1)


def test_one_whose_time_is_over_leaves_the_others_to_look_on() -> None:
    """One slow domain must not make a failure of a name that others share with it."""

    async def four() -> tuple[list[str], int]:
        memory, slow = Memory[str, str](8), Slow()
        waiting = [asyncio.create_task(memory.once("a", slow)) for _ in range(4)]
        for given_up in waiting[:2]:
            await asyncio.sleep(0)
            given_up.cancel()
            await asyncio.wait([given_up])
        await asyncio.sleep(0)
        slow.may_answer.set()
        return await asyncio.gather(*waiting[2:]), slow.looked

    found, looked = asyncio.run(four())
    assert found == ["found"] * 2
    assert looked == 3  # each that gave up had begun


def test_a_failure_is_everybody_s_and_is_not_kept() -> None:
    async def two() -> None:
        memory = Memory[str, str](8)

        async def fails() -> str:
            await asyncio.sleep(0)
            raise ObservationError("no server answers")

        waiting = [asyncio.create_task(memory.once("a", fails)) for _ in range(2)]
        for each in waiting:
            with pytest.raises(ObservationError, match="no server answers"):
                await each
        assert memory.get("a") is None

    asyncio.run(two())


def test_who_waits_looks_himself_where_the_first_could_not_pay() -> None:
    async def two() -> tuple[object, object]:
        memory: Memory[str, str] = Memory(10)
        asked = asyncio.Event()

        async def poor() -> str:
            asked.set()
            await asyncio.sleep(0)
            raise BudgetSpentError("it would take more")

        async def rich() -> str:
            return "found"

        first = asyncio.create_task(memory.once("key", poor))
        await asked.wait()
        second = asyncio.create_task(memory.once("key", rich))
        poor_one, rich_one = await asyncio.gather(first, second, return_exceptions=True)
        return poor_one, rich_one

    first, second = asyncio.run(two())
    assert isinstance(first, BudgetSpentError)
    assert second == "found"
