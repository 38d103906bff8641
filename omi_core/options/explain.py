"""What a number does, as a sentence that a customer can read."""

from collections.abc import Iterable

from omi_core.options.codec import codec_of
from omi_core.options.family import Family
from omi_core.options.judge import each_bit
from omi_core.options.shapes import OptionFlags, OptionValue
from omi_core.text import COMMA, Text

# A clause such as "track opens" that a sentence says is not done; see Text.within.
WILL_NOT = "will not"
_DO_NOT = Text("do not {clause}")
_POSITIVE = Text("{subject} will {clauses}.")
_NEGATIVE = Text("{subject} will not {clauses}.")
_MIXED = Text("{subject} will not {negative}; it will {positive}.")
_OR = Text.within("will not", " or ")
_AND = Text.within("will", " and ")


def explain(family: Family, value: int) -> Text:
    """Return what the message (launch, job, link) with this number will and will not do.

    What a 0 does is said too where the guide states it, or where it means that people are tracked.
    """
    clauses = [*_set(family, value), *_unset(family, value)]
    unknown = codec_of(family).unknown(value)
    if clauses and unknown:
        said, undefined = _sentence(family.subject, clauses), _undefined(family, unknown)
        return Text("{said} {undefined}").format(said=said, undefined=undefined)
    if clauses:
        return _sentence(family.subject, clauses)
    if unknown:
        return _undefined(family, unknown)
    return Text("No {title} is set.").format(title=family.title)


def note(member: OptionFlags | OptionValue) -> Text:
    """Return what a member means, as a table or a list says it: `do not track opens`."""
    does, otherwise = member.does, getattr(member, "otherwise", None)
    if otherwise is None:
        return _instruction(does)
    return Text("{set}; 0: {clear}").format(set=_instruction(does), clear=_instruction(otherwise))


def _instruction(clause: Text) -> Text:
    return _DO_NOT.format(clause=clause) if _is_negative(clause) else clause


def _set(family: Family, value: int) -> Iterable[Text]:
    single = value & family.mask
    yield from (one.does for one in family.values or () if family.mask and one.value == single)
    yield from (flag.does for flag in family.flags or () if flag.value & value)


def _unset(family: Family, value: int) -> Iterable[Text]:
    for flag in family.flags or ():
        if flag.otherwise and not flag.value & value:
            yield flag.otherwise


def _is_negative(clause: Text) -> bool:
    return clause.context == WILL_NOT


def _sentence(subject: Text, clauses: list[Text]) -> Text:
    negative = _series([each for each in clauses if _is_negative(each)], _OR)
    positive = _series([each for each in clauses if not _is_negative(each)], _AND)
    if negative is None or positive is None:
        kind = _POSITIVE if negative is None else _NEGATIVE
        return kind.format(subject=subject, clauses=positive or negative or "")
    return _MIXED.format(subject=subject, negative=negative, positive=positive)


def _series(clauses: list[Text], last: Text) -> Text | None:
    if len(clauses) < 2:  # noqa: PLR2004 - a pair needs two
        return clauses[0] if clauses else None
    return Text.joined((Text.joined(clauses[:-1], COMMA), clauses[-1]), last)


def _undefined(family: Family, unknown: int) -> Text:
    single = unknown & family.mask
    undefined = [str(bit) for bit in each_bit(unknown & ~family.mask)]
    what = " + ".join([str(single), *undefined] if single else undefined)
    return Text("The guide does not define {what}.").format(what=what)
