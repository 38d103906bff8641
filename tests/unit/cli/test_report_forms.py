"""A form of report is one file: its option, its help and its place in a deploy follow from it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import click
import pytest
from click.testing import CliRunner

import omi_core.reports
from omi_core.cli import reports as options
from omi_core.language import EN
from omi_core.onboarding.report import DnsReport, unchecked
from omi_core.onboarding.target import unmade_target
from omi_core.printable import printable
from omi_core.reports import forms, writer
from omi_core.text import Text
from tests.unseen import HOSTILE, unseen

MARKDOWN = '''"""Write Markdown for an issue: a heading a domain, a line a check."""

from omi_core.language import Language
from omi_core.reports import Verified, command_of, sections_of


def write(report: Verified, language: Language) -> str:
    """Return the document."""
    lines = [f"# {command_of(report)}"]
    for name, results in sections_of(report):
        lines += ["", f"## {name}", ""]
        for each in results:
            title = each.check.title.in_(language)
            lines.append(f"- {each.verdict.status.value}: {title}")
    return "\\n".join(lines) + "\\n"
'''


@pytest.fixture
def another_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more file in the folder of the forms, which lies beside the others here."""
    for path in Path(omi_core.reports.__file__).parent.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (tmp_path / "markdown.py").write_text(MARKDOWN, "utf-8")
    monkeypatch.setattr(omi_core.reports, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(omi_core.reports, "__path__", [str(tmp_path)])
    forms.cache_clear()
    yield
    monkeypatch.undo()
    forms.cache_clear()


def test_every_form_says_what_it_writes() -> None:
    assert forms() == {
        "html": "Write one HTML page for the customer",
        "junit": "Write JUnit XML, which any CI shows",
        "prometheus": "Write metrics for Prometheus",
    }


@pytest.mark.parametrize("command", ["smtp", "dns"])
def test_every_form_is_an_option(command: str, omi: Callable[..., Any]) -> None:
    helped = omi(command, "verify", "--help").out
    for form, what in forms().items():
        assert f"--{form} FILE" in helped
        assert what in helped


@pytest.mark.usefixtures("another_form")
def test_one_more_file_is_one_more_option(tmp_path: Path) -> None:
    why = Text.plain("the line was cut")
    target = unmade_target("shop.example", why)
    report = DnsReport(domains=(unchecked(target, why),))

    @click.command()
    @options.report_options
    def verify(reports: dict[str, str]) -> int:
        options.write_reports(report, reports, EN)
        return 0

    file = tmp_path / "report.md"
    assert "Write Markdown for an issue." in CliRunner().invoke(verify, ["--help"]).output
    assert CliRunner().invoke(verify, ["--markdown", str(file)]).exit_code == 0
    assert file.read_text("utf-8").startswith("# omi dns verify\n\n## shop.example\n\n- unknown: ")


def foreign() -> DnsReport:
    """A report about a name that only a stranger could have made up."""
    target = unmade_target(f'{HOSTILE}\n"\\q.example', why := Text.plain(HOSTILE))
    return DnsReport(domains=(unchecked(target, why),))


@pytest.mark.usefixtures("another_form")
def test_what_a_stranger_sent_is_printable_in_a_form_that_does_not_care() -> None:
    said = writer("markdown")(foreign(), EN)
    assert unseen(said, "\n") == ""
    assert "## " + printable(HOSTILE) in said


def test_an_attribute_of_junit_is_printable_when_it_is_read_again() -> None:
    """A reference to a character would be one again."""
    target = unmade_target(f"{HOSTILE}\r\n\t.example", why := Text.plain(f"{HOSTILE}\r\n"))
    report = DnsReport(domains=(unchecked(target, why),))
    read = ET.fromstring(writer("junit")(report, EN))
    values = [value for each in read.iter() for value in each.attrib.values()]
    assert unseen("".join(values)) == ""
    assert any(r"\x1b]0;owned\x07" in value for value in values)


def test_a_label_of_prometheus_stays_one_that_prometheus_can_read() -> None:
    r"""Its text format knows \\, \" and \n, and refuses the line of any other escape."""
    said = writer("prometheus")(foreign(), EN)
    assert unseen(said, "\n") == ""
    labels = re.findall(r'domain="((?:[^"\\\n]|\\[\\"n])*)"[,}]', said)
    assert len(labels) == said.count("domain=")
    unescaped = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], labels[0])
    assert unescaped == printable(f'{HOSTILE}\n"\\q.example')


def test_a_form_that_nobody_wrote_is_not_there() -> None:
    with pytest.raises(ModuleNotFoundError):
        writer("papyrus")
