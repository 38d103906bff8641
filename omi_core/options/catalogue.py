"""Every finding about an option number: its id, how bad it is, and its words.

What the guide does not define is an error; what it defines but makes pointless is a warning, or
only worth knowing. The reference page prints this catalogue.
"""

from omi_core.findings.finding import FindingKind, Severity, Text
from omi_core.options.shapes import HIGHEST

_ONE_NUMBER = Text(f"one decimal number from 0 to {HIGHEST}", f"一個 0 到 {HIGHEST} 的十進位數字")
_READ = Text("read: {read}", "讀到：{read}")

UNDEFINED_BIT = FindingKind(
    id="option-undefined-bit",
    severity=Severity.ERROR,
    text=Text("the guide does not define {bits}", "指南沒有定義 {bits}"),
    expected=Text("only bits that {title} defines", "只用 {title} 有定義的位元"),
    observed=Text("{bits} set in {value}", "{value} 含有 {bits}"),
    remedy=Text("write {known}, or correct the number", "請改寫成 {known}，或更正數字"),
)
UNDEFINED_VALUE = FindingKind(
    id="option-undefined-value",
    severity=Severity.ERROR,
    text=Text("{title} has no value {single}", "{title} 沒有 {single} 這個值"),
    expected=Text("one of {defined}", "{defined} 其中之一"),
    observed=Text("{value}", "{value}"),
    remedy=Text("choose one of the defined values", "請選用有定義的值"),
)
DEPENDENCY = FindingKind(
    id="option-dependency",
    severity=Severity.WARNING,
    text=Text("{bit} has no effect here", "{bit} 在此沒有作用"),
    expected=Text("{needs}", "{needs}"),
    observed=Text("{value}", "{value}"),
    remedy=Text("{mend}, or leave {bit} out", "請{mend}，或拿掉 {bit}"),
)
REDUNDANT = FindingKind(
    id="option-redundant",
    severity=Severity.INFO,
    text=Text("{bit} adds nothing to {other}", "已有 {other}，{bit} 是多餘的"),
    expected=Text("{other} alone", "只用 {other}"),
    observed=Text("{value}", "{value}"),
    remedy=Text("{without} says the same", "寫成 {without} 意思相同"),
)
CONTRADICTION = FindingKind(
    id="option-contradiction",
    severity=Severity.WARNING,
    text=Text(
        "{bit} and {other} ask for opposite things, and the guide does not say which one wins",
        "{bit} 與 {other} 互相矛盾，指南沒有說明以何者為準",
    ),
    expected=Text("one of the two", "兩者擇一"),
    observed=Text("{value}", "{value}"),
    remedy=Text(
        "write {without_bit} or {without_other}", "請寫成 {without_bit} 或 {without_other}"
    ),
)

NUMBER_NEGATIVE = FindingKind(
    id="number-negative",
    severity=Severity.WARNING,
    text=Text(
        "a negative number, read as signed 32 bits: {value}",
        "負數，以有號 32 位元解讀為 {value}",
    ),
    expected=_ONE_NUMBER,
    observed=_READ,
    remedy=Text("write {value}", "請寫成 {value}"),
)
NUMBER_LEADING_ZERO = FindingKind(
    id="number-leading-zero",
    severity=Severity.WARNING,
    text=Text(
        "a leading zero, which some programs take for octal; read as {value}",
        "開頭有 0，有些程式會當成八進位；此處讀成 {value}",
    ),
    expected=_ONE_NUMBER,
    observed=_READ,
    remedy=Text("write {value}", "請寫成 {value}"),
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


_WRITE_VALUE = Text("write {value}", "請寫成 {value}")
_WRITE_ONE = Text("write one decimal number, such as 192", "請寫一個十進位數字，例如 192")

NUMBER_EMPTY = _refused("empty", Text("there is no number", "沒有數字"), _WRITE_ONE)
NUMBER_TOO_LARGE = _refused(
    "too-large", Text("the number does not fit 32 bits", "數字超出 32 位元"), _WRITE_ONE
)
NUMBER_FRACTION = _refused(
    "fraction", Text("a fraction is no option number", "選項數字不能有小數"), _WRITE_ONE
)
NUMBER_FOREIGN_DIGITS = _refused(
    "foreign-digits",
    Text("digits other than 0 to 9", "含有 0 到 9 以外的數字字元（例如全形數字）"),
    _WRITE_VALUE,
)
NUMBER_HEX = _refused(
    "hex", Text("hexadecimal is not read in a header", "標頭不接受十六進位"), _WRITE_VALUE
)
NUMBER_SEVERAL = _refused(
    "several",
    Text("several numbers, where their sum is one", "寫了多個數字，應加總成一個"),
    Text("write {value} if all of them are meant", "若要同時設定，請寫成 {value}"),
)
NUMBER_SEVERAL_VALUES = _refused(
    "several-values",
    Text("several numbers, where one is to be chosen", "寫了多個數字，只能選一個"),
    Text("choose one of them", "請只選一個"),
)
NUMBER_NAMES = _refused(
    "names",
    Text("a header holds the number, not names", "標頭要寫數字，不能寫名稱"),
    _WRITE_VALUE,
)
NUMBER_TRAILING = _refused(
    "trailing",
    Text("something follows the number", "數字後面有多餘的字元"),
    _WRITE_VALUE,
)
NUMBER_MALFORMED = _refused("malformed", Text("that is no number", "這不是數字"), _WRITE_ONE)

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
