"""What a number does, as a sentence that a customer can read."""

from collections.abc import Iterable

from omi_core.findings.finding import Text
from omi_core.options.codec import codec_of
from omi_core.options.family import Family
from omi_core.options.judge import each_bit
from omi_core.options.shapes import OptionFlags, OptionValue

_NOT_EN, _NOT_ZH = "not ", "不"


def explain(family: Family, value: int) -> Text:
    """Return what the message (launch, job, link) with this number will and will not do.

    What a 0 does is said too where the guide states it, or where it means that people are tracked.
    """
    clauses = [*_set(family, value), *_unset(family, value)]
    unknown = codec_of(family).unknown(value)
    sentences = []
    if clauses:
        sentences.append(_sentence(family.subject, clauses))
    if unknown:
        sentences.append(_undefined(family, unknown))
    return _joined(sentences or [_nothing(family)])


def note(member: OptionFlags | OptionValue) -> Text:
    """Return what a member means, as a table or a list says it: `do not track opens`."""
    does, otherwise = member.does, getattr(member, "otherwise", None)
    said = Text("do " + does.en if does.en.startswith(_NOT_EN) else does.en, does.zh_tw)
    if otherwise is None:
        return said
    return Text(f"{said.en}; 0: {otherwise.en}", f"{said.zh_tw}；0：{otherwise.zh_tw}")


def _set(family: Family, value: int) -> Iterable[Text]:
    single = value & family.mask
    yield from (one.does for one in family.values or () if family.mask and one.value == single)
    yield from (flag.does for flag in family.flags or () if flag.value & value)


def _unset(family: Family, value: int) -> Iterable[Text]:
    for flag in family.flags or ():
        if flag.otherwise and not flag.value & value:
            yield flag.otherwise


def _sentence(subject: Text, clauses: list[Text]) -> Text:
    return Text(
        _english(subject.en, [clause.en for clause in clauses]),
        _chinese(subject.zh_tw, [clause.zh_tw for clause in clauses]),
    )


def _english(subject: str, clauses: list[str]) -> str:
    does = [clause for clause in clauses if not clause.startswith(_NOT_EN)]
    does_not = [clause.removeprefix(_NOT_EN) for clause in clauses if clause.startswith(_NOT_EN)]
    parts = []
    if does_not:
        parts.append("will not " + _series(does_not, "or"))
    if does:
        parts.append("will " + _series(does, "and"))
    return f"{subject} {'; it '.join(parts)}."


def _series(words: list[str], last: str) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _chinese(subject: str, clauses: list[str]) -> str:
    does = [clause for clause in clauses if not clause.startswith(_NOT_ZH)]
    does_not = [clause for clause in clauses if clause.startswith(_NOT_ZH)]
    parts = []
    if does_not:
        parts.append("、".join(does_not))
    if does:
        parts.append("會" + "，並".join(filter(None, ["、".join(does[:-1]), does[-1]])))
    return f"{subject}{'；'.join(parts)}。"


def _nothing(family: Family) -> Text:
    return Text(f"No {family.title} is set.", f"沒有設定任何 {family.title}。")


def _undefined(family: Family, unknown: int) -> Text:
    single = unknown & family.mask
    undefined = [str(bit) for bit in each_bit(unknown & ~family.mask)]
    what = " + ".join([str(single), *undefined] if single else undefined)
    return Text(f"The guide does not define {what}.", f"指南沒有定義 {what}。")


def _joined(sentences: list[Text]) -> Text:
    return Text(
        " ".join(sentence.en for sentence in sentences),
        "".join(sentence.zh_tw for sentence in sentences),
    )
