"""Every finding about an option number: its id, how bad it is, and its words.

What the guide does not define is an error; what it defines but makes pointless is a warning, or
only worth knowing. The reference page prints this catalogue.
"""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.options.shapes import HIGHEST
from omi_core.text import Text

_ONE_NUMBER = Text("one decimal number from 0 to {highest}").format(highest=HIGHEST)
_READ = Text("read: {read}")

UNDEFINED_BIT = FindingKind(
    id="option-undefined-bit",
    severity=Severity.ERROR,
    text=Text("the guide does not define {bits}"),
    expected=Text("only bits that {title} defines"),
    observed=Text("{bits} set in {value}"),
    remedy=Text("write {known}, or correct the number"),
)
UNDEFINED_VALUE = FindingKind(
    id="option-undefined-value",
    severity=Severity.ERROR,
    text=Text("{title} has no value {single}"),
    expected=Text("one of {defined}"),
    observed=Text.plain("{value}"),
    remedy=Text("choose one of the defined values"),
)
DEPENDENCY = FindingKind(
    id="option-dependency",
    severity=Severity.WARNING,
    text=Text("{bit} has no effect here"),
    expected=Text.plain("{needs}"),
    observed=Text.plain("{value}"),
    remedy=Text("{mend}, or leave {bit} out"),
)
REDUNDANT = FindingKind(
    id="option-redundant",
    severity=Severity.INFO,
    text=Text("{bit} adds nothing to {other}"),
    expected=Text("{other} alone"),
    observed=Text.plain("{value}"),
    remedy=Text("{without} says the same"),
)
CONTRADICTION = FindingKind(
    id="option-contradiction",
    severity=Severity.WARNING,
    text=Text(
        "{bit} and {other} ask for opposite things, and the guide does not say which one wins"
    ),
    expected=Text("one of the two"),
    observed=Text.plain("{value}"),
    remedy=Text("write {without_bit} or {without_other}"),
)

NUMBER_NEGATIVE = FindingKind(
    id="number-negative",
    severity=Severity.WARNING,
    text=Text("a negative number, read as signed 32 bits: {value}"),
    expected=_ONE_NUMBER,
    observed=_READ,
    remedy=Text("write {value}"),
)
NUMBER_LEADING_ZERO = FindingKind(
    id="number-leading-zero",
    severity=Severity.WARNING,
    text=Text("a leading zero, which some programs take for octal; read as {value}"),
    expected=_ONE_NUMBER,
    observed=_READ,
    remedy=Text("write {value}"),
)


def _refused(kind: str, text: Text, remedy: Text) -> FindingKind:
    return FindingKind(
        id=f"number-{kind}",
        severity=Severity.ERROR,
        text=text,
        expected=_ONE_NUMBER,
        observed=_READ,
        remedy=remedy,
    )


_WRITE_VALUE = Text("write {value}")
_WRITE_ONE = Text("write one decimal number, such as 192")

NUMBER_EMPTY = _refused("empty", Text("there is no number"), _WRITE_ONE)
NUMBER_TOO_LARGE = _refused("too-large", Text("the number does not fit 32 bits"), _WRITE_ONE)
NUMBER_FRACTION = _refused("fraction", Text("a fraction is not an option number"), _WRITE_ONE)
NUMBER_FOREIGN_DIGITS = _refused(
    "foreign-digits",
    Text("digits other than 0 to 9"),
    _WRITE_VALUE,
)
NUMBER_HEX = _refused("hex", Text("hexadecimal is not read in a header"), _WRITE_VALUE)
NUMBER_SEVERAL = _refused(
    "several",
    Text("several numbers, where their sum is one"),
    Text("write {value} if all of them are meant"),
)
NUMBER_SEVERAL_VALUES = _refused(
    "several-values",
    Text("several numbers, where one is to be chosen"),
    Text("choose one of them"),
)
NUMBER_NAMES = _refused(
    "names",
    Text("a header holds the number, not names"),
    _WRITE_VALUE,
)
NUMBER_TRAILING = _refused(
    "trailing",
    Text("something follows the number"),
    _WRITE_VALUE,
)
NUMBER_MALFORMED = _refused("malformed", Text("that is not a number"), _WRITE_ONE)

KINDS = (
    UNDEFINED_BIT,
    UNDEFINED_VALUE,
    DEPENDENCY,
    REDUNDANT,
    CONTRADICTION,
    NUMBER_NEGATIVE,
    NUMBER_LEADING_ZERO,
    NUMBER_EMPTY,
    NUMBER_TOO_LARGE,
    NUMBER_SEVERAL_VALUES,
    NUMBER_FRACTION,
    NUMBER_FOREIGN_DIGITS,
    NUMBER_HEX,
    NUMBER_SEVERAL,
    NUMBER_NAMES,
    NUMBER_TRAILING,
    NUMBER_MALFORMED,
)
