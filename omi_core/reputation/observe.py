"""What is seen of each relay's address; whatever fails is said in place of that one thing."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from omi_core.dns.operator import Operator, RelayAddress
from omi_core.errors import ObservationError, OmiError, text_of
from omi_core.findings.contained import not_checked
from omi_core.mailauth.questions import Answer, Asking, Question
from omi_core.mailauth.spf.evaluate import Evaluation, check_host
from omi_core.mailauth.spf.macro import Mail
from omi_core.onboarding.how import Looking
from omi_core.reputation.blocklists import BlockList
from omi_core.reputation.listing import IpAddress, Listing, listed
from omi_core.resolve.budget import QuestionBudget
from omi_core.resolve.network import together
from omi_core.text import Text

T = TypeVar("T")

# A thing that was seen, or why nobody could look.
Seen: TypeAlias = T | Text

_MOST_NAMES = 10  # of one address that are followed back, as RFC 7208 4.6.4 has it of PTR
_AT_ONCE = 16
_KINDS = {4: "A", 6: "AAAA"}
_SLOW = Text("there was no answer within {seconds} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseNames:
    """The names of an address, and the addresses of each of the first ten."""

    names: tuple[str, ...]
    back: Mapping[str, Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayAddressSeen:
    """What was seen of one address of a relay, which calls itself `relay` in EHLO.

    `lists` are those asked and what each said; `spf_name` is where `spf` was evaluated.
    """

    relay: str
    address: IpAddress
    lists: tuple[tuple[BlockList, Seen[Listing]], ...]
    reverse: Seen[ReverseNames]
    own: Seen[Answer]
    spf_name: str
    spf: Seen[Evaluation]


async def observe(
    operator: Operator, lists: Iterable[BlockList], looking: Looking
) -> tuple[RelayAddressSeen, ...]:
    """Look at every address of every relay, some at a time."""
    chosen, room = tuple(lists), asyncio.Semaphore(_AT_ONCE)

    async def one(relay: RelayAddress, address: IpAddress) -> RelayAddressSeen:
        async with room:
            within = looking.within(QuestionBudget())
            return await _address(operator, relay, address, chosen, within)

    pairs = [(relay, address) for relay in operator.relays for address in relay.addresses]
    return tuple(await together(*(one(*pair) for pair in pairs)))


async def _address(
    operator: Operator,
    relay: RelayAddress,
    address: IpAddress,
    lists: tuple[BlockList, ...],
    looking: Looking,
) -> RelayAddressSeen:
    name, spf_name = relay.name.relative, operator.spf_name.relative
    subject = f"{name} {address}"
    mail = Mail.of(address, f"postmaster@{operator.zone.relative}", name)
    asked = tuple(each for each in lists if address.version in each.families)
    own = Question(name, _KINDS[address.version])
    said, reverse, own_seen, spf = await asyncio.gather(
        together(*(_run(looking, subject, listed(each, address)) for each in asked)),
        _run(looking, subject, _reverse(address)),
        _run(looking, subject, _answer(own)),
        _run(looking, subject, check_host(mail, spf_name)),
    )
    return RelayAddressSeen(
        relay=name,
        address=address,
        lists=tuple(zip(asked, said, strict=True)),
        reverse=reverse,
        own=own_seen,
        spf_name=spf_name,
        spf=spf,
    )


def _answer(question: Question) -> Asking[Answer]:
    return (yield question)


def _reverse(address: IpAddress) -> Asking[ReverseNames]:
    answer = yield Question(address.reverse_pointer, "PTR")
    if answer.failed:
        raise ObservationError(answer.failed)
    names = tuple(sorted(map(str.lower, answer.values)))  # servers turn the order about
    back = {}
    for name in names[:_MOST_NAMES]:
        back[name] = yield Question(name, _KINDS[address.version])
    return ReverseNames(names=names, back=back)


async def _run(looking: Looking, subject: str, asking: Asking[T]) -> Seen[T]:
    return await _contained(subject, looking.lookups.run(asking), looking.patience_s)


async def _contained(subject: str, coming: Awaitable[T], seconds: float) -> Seen[T]:
    """Return what comes, or in its place why it does not: nothing else pays for it."""
    try:
        async with asyncio.timeout(seconds):
            return await coming
    except TimeoutError:
        return _SLOW.format(seconds=f"{seconds:g}")
    except OmiError as error:
        return text_of(error)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return not_checked(subject, error)
    except Exception as error:  # noqa: BLE001 - the one place where any fault ends
        return not_checked(subject, error)
