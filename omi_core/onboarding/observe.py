"""Looks at a domain: every server of its zone, over both families, and what follows from it.

Five questions to each server; where something is missing, a few more at one server that tell where
it was entered instead.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from omi_core.dns.client.server import Server
from omi_core.errors import ObservationError, text_of
from omi_core.mailauth.dmarc.discover import unwelcome_reports
from omi_core.mailauth.questions import Answer, Question
from omi_core.mailauth.spf.evaluate import check_host
from omi_core.mailauth.spf.macro import Mail
from omi_core.onboarding.elsewhere import Ask, Records, told, wildcards
from omi_core.onboarding.entries import Onboarding, Published, onboarding
from omi_core.onboarding.how import Looking
from omi_core.onboarding.seen import DomainSeen, ServerAnswer, ServerSeen, SetSeen, View
from omi_core.onboarding.server_answers import answer_of, records_of
from omi_core.onboarding.signed_zone import parents_ds, zone_keys
from omi_core.onboarding.target import Target
from omi_core.resolve.budget import (
    MOST_OF_ONE_SERVER,
    MOST_QUESTIONS,
    BudgetSpentError,
    QuestionBudget,
)
from omi_core.resolve.delegation import DelegatedZone, is_within
from omi_core.resolve.network import QueryResult, give_up, heard_all, together
from omi_core.resolve.packet import NOERROR, NXDOMAIN
from omi_core.text import NOTHING, Text

_MOST_VIEWS = 4
_ANSWERS = {NOERROR, NXDOMAIN}
_MOST_ADDRESSES = 26  # thirteen servers with two addresses each


async def observe(target: Target, looking: Looking) -> DomainSeen:
    """Return what can be seen of a domain within the patience; never raises."""
    began, clock = time.time(), time.perf_counter()
    try:
        async with asyncio.timeout(looking.patience_s):
            return await _observed(target, _budgeted(looking, target), began, clock)
    except TimeoutError:
        problem = Text("it did not finish within {seconds} s").format(
            seconds=f"{looking.patience_s:g}"
        )
    except (ObservationError, BudgetSpentError) as error:
        problem = text_of(error)
    seconds = time.perf_counter() - clock
    return DomainSeen(target=target, began=began, seconds=seconds, problem=problem)


def _budgeted(looking: Looking, target: Target) -> Looking:
    """Give each domain a budget of its own; each server is asked for all that it must have."""
    expected = len(target.expected)
    servers = _MOST_ADDRESSES * expected
    return looking.within(QuestionBudget(MOST_QUESTIONS + servers, MOST_OF_ONE_SERVER + expected))


async def published(target: Target, looking: Looking) -> tuple[Published, str]:
    """Return what one server publishes, and the zone; ObservationError if none answers."""
    zone = await looking.walker.zone_of(target.domain)

    async def ask(name: str, kind: str) -> Records:
        with suppress(ObservationError):
            return records_of(await looking.walker.ask_any(zone, name, kind), name)
        return ()

    replies = [await looking.walker.ask_any(zone, name, "TXT") for name in target.names]
    pairs = zip(target.names, replies, strict=True)
    at = {name: records_of(reply, name) for name, reply in pairs}
    wild = await wildcards(target, zone.name, at, ask)
    seen = Published(at=at, wild=frozenset(wild), exists=replies[0].rcode != NXDOMAIN)
    return await told(target, zone.name, seen, ask), zone.name


async def records_for(target: Target, looking: Looking) -> Onboarding:
    """Return what the owner of a domain enters, merged into what he publishes.

    Raises ObservationError if none of his servers answers within the patience.
    """
    looking = _budgeted(looking, target)
    try:
        async with asyncio.timeout(looking.patience_s):
            seen, zone = await published(target, looking)
            known = _known(seen, target)
            return await looking.lookups.run(onboarding(target, seen, zone), known)
    except BudgetSpentError as error:
        raise ObservationError("{domain}: {why}", domain=target.domain, why=error.text) from None
    except TimeoutError:
        why = f"{target.domain}: it was not over after {looking.patience_s:g} s"
        raise ObservationError(why) from None


async def _observed(target: Target, looking: Looking, began: float, clock: float) -> DomainSeen:
    zone = await looking.walker.zone_of(target.domain)
    coming = asyncio.create_task(_keys(target, looking))
    try:
        servers = await _servers(zone, target, looking)
        keys = await coming
    except BaseException:
        await give_up(coming)
        raise
    views = await _views(servers, target, zone, looking) if target.sends else ()
    ds = await parents_ds(zone, servers, looking)
    keys_of_zone = await zone_keys(zone, servers, looking) if ds else {}
    sets = await _sets(servers, target, looking)
    return DomainSeen(
        target=target,
        began=began,
        seconds=time.perf_counter() - clock,
        zone=zone,
        servers=servers,
        views=views,
        keys=keys,
        secure=bool(ds),
        ds=ds,
        zone_keys=keys_of_zone,
        sets=sets,
    )


async def _servers(zone: DelegatedZone, target: Target, looking: Looking) -> tuple[ServerSeen, ...]:
    """Ask the delegation's servers, then those that only the zone itself names."""
    named = [(each, one) for each in zone.servers for one in each.addresses]
    look = partial(_server, zone=zone, target=target, looking=looking)
    found = await together(
        *(
            look(each.name, one, delegated=True, asks_servers=one == each.addresses[0])
            for each, one in named[:_MOST_ADDRESSES]
        )
    )
    known = {each.name for each in zone.servers}
    stray = {name for each in found for name in each.name_servers} - known
    asked = {each.server for each in found}
    others: list[tuple[str, Server]] = []
    for name in sorted(stray)[:4]:
        addresses = await looking.walker.addresses_of(name)
        others += [(name, one) for one in addresses if one not in asked]
    return (
        *found,
        *await together(*(look(name, one, delegated=False) for name, one in others)),
    )


async def _server(
    name: str,
    server: Server,
    *,
    zone: DelegatedZone,
    target: Target,
    looking: Looking,
    delegated: bool,
    asks_servers: bool = False,
) -> ServerSeen:
    ask = looking.network.ask
    first = await ask(server, target.names[0], "TXT")
    if first.reply is None:  # it would fail each of the others at the same price
        silent = answer_of(first, target.names[0])
        said = dict.fromkeys(target.names, silent)
        return ServerSeen(name=name, server=server, delegated=delegated, said=said)
    questions = [(one, "TXT") for one in target.names[1:]] + [(zone.name, "NS")]
    # Two addresses of one server have one name and one set of NS records; each has own answers.
    coming = [ask(server, *one) for one in questions[: None if asks_servers else -1]]
    # One that refuses to answer for the zone would refuse that as well.
    asks_name = asks_servers and first.reply.rcode in _ANSWERS
    within = asks_name and is_within(name, zone.name)
    own = [ask(server, name, "A")] if within else []
    others = await heard_all([*coming, *own])
    alias = ""
    if within:
        alias = _cname(others.pop(), name)
    elif asks_name:
        alias = await looking.walker.alias_of(name)
    heard = dict(zip(target.names, (first, *others), strict=False))
    said = {one: answer_of(each, one) for one, each in heard.items()}
    for one in [one for one, each in said.items() if each.referral]:
        said[one] = await _followed(said[one], one, looking)
    at = {one: each.records for one, each in said.items()}
    for one in await wildcards(target, zone.name, at, _asking(server, looking)):
        said[one] = replace(said[one], wildcard=True)
    last = others[-1] if asks_servers else None
    hosts = last.reply.values(zone.name, "NS") if last and last.reply else ()
    return ServerSeen(
        name=name,
        server=server,
        delegated=delegated,
        said=said,
        name_servers=tuple(sorted(hosts)),
        unnamed=answer_of(last, zone.name).problem if last and last.reply is None else NOTHING,
        alias=alias,
    )


def _cname(heard: QueryResult, name: str) -> str:
    """Return what a name is a CNAME to, as its server says; the parent's glue would hide it."""
    return next(iter(heard.reply.values(name, "CNAME")), "") if heard.reply else ""


def _asking(server: Server, looking: Looking) -> Ask:
    """Return what asks one server for the records at a name."""

    async def ask(name: str, kind: str) -> Records:
        heard = await looking.network.ask(server, name, kind)
        return records_of(heard.reply, name) if heard.reply else ()

    return ask


async def _followed(said: ServerAnswer, name: str, looking: Looking) -> ServerAnswer:
    """Take what the servers of a name's own zone say, where it has one."""
    try:
        zone = await looking.walker.zone_of(name)
        return answer_of(QueryResult(await looking.walker.ask_any(zone, name, "TXT")), name)
    except ObservationError as error:
        return replace(said, referral=False, problem=text_of(error))


async def _sets(
    servers: Sequence[ServerSeen], target: Target, looking: Looking
) -> tuple[SetSeen, ...]:
    """Ask every server for every set that it must have."""
    asked = [
        (each, one)
        for each in servers
        if each.delegated and each.is_heard
        for one in target.expected
    ]
    answers = await heard_all(
        [looking.network.ask(each.server, one.name, one.type) for each, one in asked]
    )
    return tuple(
        SetSeen(
            server=each,
            expected=one,
            values=heard.reply.values(one.name, one.type) if heard.reply else (),
            problem=NOTHING if heard.reply else answer_of(heard, one.name).problem,
        )
        for (each, one), heard in zip(asked, answers, strict=True)
    )


async def _views(
    servers: Iterable[ServerSeen], target: Target, zone: DelegatedZone, looking: Looking
) -> tuple[View, ...]:
    alike: dict[tuple[object, ...], list[ServerSeen]] = {}
    for each in servers:
        if each.delegated and each.is_heard:
            key = tuple(each.said[name].records for name in target.names)
            alike.setdefault(key, []).append(each)
    groups = list(alike.values())[:_MOST_VIEWS]
    return tuple([await _view(tuple(group), target, zone, looking) for group in groups])


async def _view(
    servers: tuple[ServerSeen, ...], target: Target, zone: DelegatedZone, looking: Looking
) -> View:
    published = servers[0].published
    seen = await told(target, zone.name, published, _asking(servers[0].server, looking))
    known = _known(seen, target)
    run = partial(looking.lookups.run, known=known)
    made = await run(onboarding(target, seen, zone.name))
    sender = f"postmaster@{target.domain}"
    spf = {
        one: await run(check_host(Mail.of(one, sender, target.helo), target.domain))
        for one in target.relays
    }
    return View(
        servers=servers,
        published=seen,
        onboarding=made,
        spf=spf,
        dmarc=made.policy,
        unwelcome=await run(unwelcome_reports(made.policy)),
    )


def _known(seen: Published, target: Target) -> dict[Question, Answer]:
    """What this server's records answer, so that no other server is asked for them."""
    known = {}
    for name in (target.domain, target.dmarc_name):
        if "CNAME" not in {kind for kind, _ in seen.at.get(name, ())}:
            known[Question(name, "TXT")] = Answer(seen.texts(name))
    return known


async def _keys(target: Target, looking: Looking) -> Mapping[str, Answer]:
    answers = await together(
        *(looking.lookups.answer(Question(one.target, "TXT")) for one in target.selectors)
    )
    slots = (one.slot for one in target.selectors)
    return dict(zip(slots, answers, strict=True))
