"""What a header that somebody wrote means: the sentence, and what is wrong with it."""

from dataclasses import dataclass

from omi_core.errors import InputError
from omi_core.findings.finding import Finding
from omi_core.message import Read, control_header, explain, platform_zone, read_field
from omi_core.options import FAMILIES, Family, decode, read_number
from omi_core.options import explain as explain_option
from omi_core.options.reading import quoted
from omi_core.text import Text

_BY_TITLE = {one.title.lower(): one for one in FAMILIES.values()} | FAMILIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One header or `FAMILY: NUMBER`; `sentence` is None where the value cannot be read."""

    subject: str
    family: Family | None
    value: str | int | None
    sentence: Text | None
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, object]:
        """Return the form of schemas/options-explain.json."""
        return {
            "subject": self.subject,
            "family": self.family.key if self.family else None,
            "value": self.value,
            "sentence": self.sentence.to_json() if self.sentence else None,
            "findings": [finding.to_json() for finding in self.findings],
        }


def explained(written: str, zone_name: str) -> Explained:
    """Return what `written`, such as 'X-LinkOption: 192', means.

    Raises InputError where it is neither a control header nor a family with a number.
    """
    name, colon, value = written.partition(":")
    if not colon:
        raise InputError(
            "{written} has no colon; write it as 'X-LinkOption: 192'", written=quoted(written)
        )
    zone = platform_zone(zone_name)
    if header := control_header(name.strip()):
        read = read_field(header, value.encode("utf-8", "surrogateescape"), zone)
        sentence = None if read.value is None else explain(header, read.value, zone)
        return _answer(read, sentence)
    if family := _BY_TITLE.get(name.strip().lower()):
        return _family_number(family, value)
    raise InputError(
        "{name} is not a control header and no option family; write it as 'X-LinkOption: 192'",
        name=quoted(name),
    )


def _answer(read: Read, sentence: Text | None) -> Explained:
    value = int(read.value) if isinstance(read.value, int) else read.value
    return Explained(
        subject=read.header.name,
        family=read.header.family,
        value=value if value is None or isinstance(value, int) else str(value),
        sentence=sentence,
        findings=read.findings,
    )


def _family_number(family: Family, written: str) -> Explained:
    reading = read_number(written, subject=family.title, family=family, hex_allowed=True)
    findings, sentence = reading.findings, None
    if reading.value is not None:
        findings += decode(family, reading.value).findings
        sentence = explain_option(family, reading.value)
    return Explained(
        subject=family.title,
        family=family,
        value=reading.value,
        sentence=sentence,
        findings=findings,
    )
