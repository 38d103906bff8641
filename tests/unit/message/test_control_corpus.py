"""The corpus that the relay is asked with brings every finding there is."""

from datetime import UTC, datetime

import pytest

from omi_core.message import catalogue, check_message, platform_zone
from omi_core.options.catalogue import DEPENDENCY, KINDS
from tests.control_corpus import ControlCase, cases, random_headers

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
CASES = list(cases(NOW))
# By what an account may set, how long a relay keeps mail, and a line that is not a field: no
# message has them by itself.
OF_ACCOUNTS = {catalogue.FORBIDDEN.id, catalogue.FORBIDDEN_BIT.id, catalogue.TIME_BEYOND_HOLD.id}
OF_FILES = {catalogue.BROKEN_LINE.id}
OF_ATTACHMENTS = {DEPENDENCY.id}  # only bits of AttachOption need others, and it has no header


def ids(lines: tuple[bytes, ...]) -> set[str]:
    message = b"Subject: x\r\n" + b"\r\n".join([*lines, b"", b"body"])
    return {each.id for each in check_message(message, zone=platform_zone(), now=NOW).findings}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_brings_the_finding_that_it_stands_for(case: ControlCase) -> None:
    assert case.id in ids(case.lines)


def test_every_finding_has_a_case() -> None:
    kinds = {kind.id for kind in (*KINDS, *catalogue.KINDS)}
    assert {case.id for case in CASES} == kinds - OF_ACCOUNTS - OF_FILES - OF_ATTACHMENTS


def test_messages_at_random_bring_every_finding_too() -> None:
    found = {name for lines in random_headers(3000, NOW, 15) for name in ids(lines)}
    assert found >= {case.id for case in CASES}
