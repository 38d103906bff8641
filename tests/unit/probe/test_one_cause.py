"""What several cells show for one reason is one finding, in every form of the report."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from omi_core.cli.smtp.table import printed
from omi_core.language import EN, ZH_TW
from omi_core.probe.report import Report
from omi_core.reports import html, junit
from omi_core.smtp.limits import Limits
from tests.unit.probe.conftest import Verify
from tests.unit.probe.fake_certificates import Authority, self_signed
from tests.unit.probe.fake_smtp import NAME, Behaviour

RIGHT = Behaviour()
SILENT = replace(RIGHT, banner=None)
SHORT = Limits(connect_s=0.4, reply_s=0.3, session_s=1)
DAY = timedelta(days=1)

Situation = Callable[[Verify, Authority, Path], Report]


def expired(look: Verify, authority: Authority, _directory: Path) -> Report:
    context = authority.context((NAME,), begin=-9 * DAY, end=-DAY)
    return look(context=context, tls=RIGHT, starttls=RIGHT)


def of_another_name(look: Verify, authority: Authority, _directory: Path) -> Report:
    context = authority.context(("itpison.com", "www.itpison.com"))
    return look(context=context, tls=RIGHT, starttls=RIGHT)


def own_issuer(look: Verify, _authority: Authority, directory: Path) -> Report:
    return look(context=self_signed(directory, NAME), tls=RIGHT, starttls=RIGHT)


def silent(look: Verify, _authority: Authority, _directory: Path) -> Report:
    return look(limits=SHORT, none=SILENT, starttls=SILENT)


def open_to_all(look: Verify, _authority: Authority, _directory: Path) -> Report:
    wrong = replace(RIGHT, open_to=lambda _sender, _recipient: True)
    return look(none=wrong, starttls=wrong, tls=wrong)


SITUATIONS: dict[str, tuple[Situation, int]] = {
    "certificate-expired": (expired, 2),
    "certificate-other-name": (of_another_name, 2),
    "certificate-self-signed": (own_issuer, 2),
    "banner-missing": (silent, 2),
    "open-relay": (open_to_all, 3),
}


@pytest.mark.parametrize("finding", SITUATIONS)
def test_one_cause_is_one_finding_in_every_form(
    finding: str, look: Verify, authority: Authority, tmp_path: Path
) -> None:
    situation, cells = SITUATIONS[finding]
    report = situation(look, authority, tmp_path)
    [told] = [each for each in report.findings if each.id == finding]

    assert len(told.about) == cells
    assert [each["id"] for each in report.to_json()["findings"]].count(finding) == 1  # type: ignore[attr-defined]
    for language in (EN, ZH_TW):
        assert printed(report, language).count(told.remedy.in_(language)) == 1
        page = html.write(report, language)
        assert page.count(f"<h3>{html.in_all(told.text)}</h3>") == 1
        suites = ET.fromstring(junit.write(report, language))
        failures = [each for each in suites.iter("failure") if each.get("type") == finding]
        assert len(failures) == cells  # a case each, as CI counts them, in one set of words
        assert len({each.text for each in failures}) == 1
