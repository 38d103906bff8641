"""What tells a record that was entered from one that was not: other names of the same zone.

Where something is missing, it may have been entered at a wrong name. What stands at a name may be
a wildcard's answer (RFC 4592 2.2.1): a random name beside it tells, since nobody entered that.
"""

import secrets
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from omi_core.mailauth import mangled
from omi_core.mailauth.dmarc.record import is_dmarc
from omi_core.onboarding.entries import Published
from omi_core.onboarding.target import Target, misplaced, misplaced_policy, misplaced_spf
from omi_core.resolve.network import together
from omi_core.resolve.packet import is_askable

Records = tuple[tuple[str, str], ...]
Ask = Callable[[str, str], Coroutine[Any, Any, Records]]  # what one server has at a name, of a type


async def told(target: Target, zone: str, seen: Published, ask: Ask) -> Published:
    """Return what one server publishes, and what it holds where records are entered by mistake."""
    questions = [each for each in dict.fromkeys(_mistaken(target, zone, seen)) if is_askable(*each)]
    if not questions:
        return seen
    answers = await _asked(questions, ask)
    # An answer that a random name beside it gets as well was entered nowhere.
    found = {each: records for each, records in answers.items() if records}
    doubles = await _asked(dict.fromkeys((beside(name), kind) for name, kind in found), ask)
    entered: dict[str, Records] = {}
    for (name, kind), records in found.items():
        if doubles[beside(name), kind] != records:
            entered[name] = tuple(dict.fromkeys((*entered.get(name, ()), *records)))
    return replace(seen, elsewhere=entered)


async def wildcards(target: Target, zone: str, at: Mapping[str, Records], ask: Ask) -> set[str]:
    """Return the names of a target at which nothing stands, and a wildcard answers."""
    doubtful = [name for name in target.names if name != zone and _is_doubtful(target, name, at)]
    if not doubtful:
        return set()
    doubles = await _asked(dict.fromkeys((beside(name), "TXT") for name in doubtful), ask)
    return {name for name in doubtful if doubles[beside(name), "TXT"] == at[name]}


def beside(name: str) -> str:
    """Return a name that nobody has entered, below the same parent."""
    return f"{_UNLIKELY}.{name.partition('.')[2]}"


_UNLIKELY = f"omi-{secrets.token_hex(6)}"  # as random as it must be: nobody enters it


async def _asked(questions: Iterable[tuple[str, str]], ask: Ask) -> dict[tuple[str, str], Records]:
    listed = list(questions)
    answers = await together(*(ask(*each) for each in listed))
    return dict(zip(listed, answers, strict=True))


def _is_doubtful(target: Target, name: str, at: Mapping[str, Records]) -> bool:
    """Whether something stands there that is not what somebody enters for this purpose."""
    records = at[name]
    texts = [value for kind, value in records if kind == "TXT"]
    if name == target.domain:
        return bool(records) and not any(target.ours.term in text.lower() for text in texts)
    if name == target.dmarc_name:
        return bool(records) and not any(is_dmarc(t.encode(errors="replace")) for t in texts)
    wanted = [("CNAME", one.target) for one in target.selectors if one.name == name]
    return bool(records) and list(records) != wanted


def _mistaken(target: Target, zone: str, seen: Published) -> Iterator[tuple[str, str]]:
    """Yield the questions; none where nothing is missing."""
    domain, policy = target.domain, target.dmarc_name
    if not any(mangled.kind_of(text) == "spf" for text in seen.texts(domain)):
        yield domain, "SPF"
        yield f"{domain}.{zone}", "TXT"
        yield from ((name, "TXT") for name in misplaced_spf(domain))
    if not seen.standing(policy):
        yield f"{policy}.{zone}", "TXT"
        yield from ((name, "TXT") for name in misplaced_policy(domain))
    for one in target.selectors:
        if not seen.standing(one.name):
            yield from ((one.name, kind) for kind in ("A", "AAAA"))
            yield f"{one.name}.{zone}", "TXT"
            yield from ((name, "TXT") for name in misplaced(one.slot, domain))
