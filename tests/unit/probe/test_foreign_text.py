"""A server whose certificate and replies act on a terminal, as every form of report shows it."""

import html
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from omi_core.cli.screen import screens
from omi_core.cli.smtp.table import printed
from omi_core.cli.terminal import emit, emit_json
from omi_core.language import EN, ZH_TW, Language
from omi_core.printable import printable
from omi_core.probe.report import Report
from omi_core.reports import forms, writer
from tests.unit.certificates import odd_certificates as odd
from tests.unit.probe.conftest import Verify
from tests.unit.probe.fake_smtp import Behaviour
from tests.unit.probe.test_odd_certificates import serving
from tests.unseen import HOSTILE, unseen

SHORT = "\x1b[2J\x07\x9b\u202e\u200b"  # a common name has 64 characters (RFC 5280 A.1)
SAID = HOSTILE.encode()
SAN = b"\x1b]0;owned\x07\x7f.example"  # IA5 has no more


def certificate() -> bytes:
    return odd.made(odd.names(odd.der(0x82, SAN), odd.GOOD), common_name=f"mx{SHORT}")


@pytest.fixture
def report(look: Verify, tmp_path: Path) -> Report:
    behaviour = Behaviour(
        banner=b"220 relay.test " + SAID + b"\r\n",
        ehlo=("SIZE 1000000", f"X-{HOSTILE}"),
        auth_reply=b"535 5.7.8 " + SAID + b"\r\n",
        rcpt_reply=b"550 5.1.1 " + SAID + b"\r\n",
        results=f"Authentication-Results: mx.test; spf=fail {HOSTILE}",
    )
    context = serving(tmp_path, certificate())
    loose = replace(behaviour, auth_reply=None, rcpt_reply=None)
    return look(context=context, none=loose, starttls=behaviour, tls=behaviour)


@pytest.mark.parametrize("language", [EN, ZH_TW])
def test_no_form_of_a_report_holds_what_acts_or_hides(report: Report, language: Language) -> None:
    for form in forms():
        said = writer(form)(report, language)
        assert unseen(said, "\n") == "", form
        assert form == "prometheus" or r"\x1b" in said
    ET.fromstring(writer("junit")(report, language))
    assert unseen(html.unescape(writer("html")(report, language)), "\n") == ""


@pytest.mark.parametrize("language", [EN, ZH_TW])
def test_neither_table_nor_transcript_holds_it(report: Report, language: Language) -> None:
    said = printed(report, language, with_transcripts=True)
    assert unseen(said, "\n\t") == ""
    assert f"220 relay.test {printable(HOSTILE)}" in said
    assert r"\x1b]0;owned\x07\x7f.example" in said


def test_json_gives_a_program_the_name_as_it_is_in_the_certificate(
    report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    with screens():
        emit_json(report.to_json())
    out = capsys.readouterr().out
    assert unseen(out, "\n") == ""
    observed = [each["observed"]["en"] for each in json.loads(out)["findings"]]
    assert any(SAN.decode() in each for each in observed)


def test_a_screen_colours_what_is_drawn_and_nothing_that_was_sent(
    report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever puts a text together without it loses its colours, not the protection."""
    drawn = printed(report, EN)
    with screens():
        emit(f"{drawn}\x1b[32mfine{HOSTILE}")
    assert unseen(capsys.readouterr().out, "\n\t") == ""
