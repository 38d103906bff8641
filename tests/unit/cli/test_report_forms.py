"""A form of report is one file: its option, its help and its place in a deploy follow from it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import omi_core.reports
from omi_core.cli import reports as options
from omi_core.language import EN
from omi_core.onboarding.report import DnsReport, unchecked
from omi_core.onboarding.target import unmade_target
from omi_core.reports import forms, writer
from omi_core.text import Text

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


def test_a_form_that_nobody_wrote_is_not_there() -> None:
    with pytest.raises(ModuleNotFoundError):
        writer("papyrus")
