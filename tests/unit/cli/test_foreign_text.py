"""What a person typed, what a file holds and what a library says: printable on both streams."""

import io
import json
import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from omi_core.cli.reader import say
from omi_core.cli.screen import Drawn, drawn, screens, stacked, styled
from omi_core.cli.terminal import described
from omi_core.findings.finding import FindingKind, Severity
from omi_core.language import EN
from omi_core.printable import printable
from omi_core.text import Text
from tests.unit.certificates import odd_certificates as odd
from tests.unit.cli.conftest import Omi
from tests.unit.probe.test_foreign_text import SAN, certificate
from tests.unseen import HOSTILE, unseen

ESCAPED = r"\x1b]0;owned\x07"


@pytest.mark.parametrize(
    "arguments",
    [
        *([HOSTILE], [f"--{HOSTILE}"], ["options", HOSTILE], ["options", "decode", HOSTILE, "1"]),
        *(["options", "decode", "link", HOSTILE], ["options", "encode", "link", HOSTILE]),
        *(["message", "check", HOSTILE], ["options", "explain", HOSTILE]),
        *(["options", "explain", f"{HOSTILE}: 1"], ["options", "explain", f"X-JobName: {HOSTILE}"]),
        *(["dns", "verify", HOSTILE], ["dns", "verify", f"https://{HOSTILE}/"]),
        *(["dns", "verify", "--at-once", HOSTILE], ["dns", "records", "--format", HOSTILE, "x"]),
        *(["dns", "verify", "--file", HOSTILE], ["dns", "plan", "--inventory", HOSTILE]),
        *(["cert", "check", f"/{HOSTILE}.pem"], ["cert", "check", HOSTILE]),
        *(["smtp", "explain", f"535 5.7.8 {HOSTILE}"], ["smtp", "verify", HOSTILE]),
        ["smtp", "send", "x", "--from", HOSTILE, "--to", HOSTILE],
        ["smtp", "explain", f"certificate verify failed {HOSTILE}"],
    ],
    ids=lambda words: ascii(" ".join(words))[:40],
)
@pytest.mark.parametrize("language", ["en_US.UTF-8", "zh_TW.UTF-8"])
def test_an_argument_that_is_repeated_is_shown_and_does_not_act(
    omi: Omi, monkeypatch: pytest.MonkeyPatch, arguments: list[str], language: str
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    done = omi(*arguments)
    assert unseen(done.out + done.err, "\n") == ""
    assert r"\x1b" in done.out + done.err


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_certificate_in_a_file_is_shown_and_does_not_act(
    omi: Omi, tmp_path: Path, option: list[str]
) -> None:
    file = tmp_path / "odd.pem"
    file.write_text(odd_pem())
    done = omi("cert", "check", str(file), "--name", odd.NAME, *option)
    assert unseen(done.out + done.err, "\n") == ""
    if option:
        [place] = json.loads(done.out)["places"]
        assert SAN.decode() in place["certificate"]["names"]
    else:
        assert f"names: {ESCAPED}\\x7f.example, {odd.NAME}" in done.out
        assert r"chain: CN=mx\x1b[2J\x07\x9b\u202e\u200b" in done.out


def odd_pem() -> str:
    import ssl

    return ssl.DER_cert_to_PEM_cert(certificate())


def _logged() -> None:
    logging.StreamHandler(sys.stderr).emit(logging.makeLogRecord({"msg": HOSTILE}))


def _told() -> None:
    traceback.print_exception(RuntimeError(HOSTILE))


@pytest.mark.parametrize(
    "write",
    [
        *(_logged, _told),
        *(lambda: sys.stdout.write(HOSTILE), lambda: sys.stdout.writelines([HOSTILE])),
        *(
            lambda: click.echo(HOSTILE, color=True),
            lambda: click.echo(HOSTILE, err=True, color=True),
        ),
    ],
)
def test_whatever_writes_past_us_is_made_printable_too(
    write: Callable[[], object], capsys: pytest.CaptureFixture[str]
) -> None:
    with screens():
        write()
    out, err = capsys.readouterr()
    assert unseen(out + err, "\n") == ""
    assert ESCAPED in out + err


def test_a_fault_that_is_shown_with_its_traceback_does_not_act(
    omi: Omi, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omi_core.cli import program

    def fault(*_: object, **__: object) -> None:
        raise RuntimeError(HOSTILE)

    monkeypatch.setattr(program.omi, "main", fault)
    monkeypatch.setenv("OMI_DEBUG", "1")
    done = omi("--help")
    assert done.code == 3
    assert "Traceback" in done.err
    assert unseen(done.err, "\n") == ""


@pytest.mark.parametrize("colour", [True, False])
def test_no_word_of_a_finding_begins_a_line_of_its_own(*, colour: bool) -> None:
    foreign = Text("it says {words}").format(words=f"{HOSTILE}\nforged")
    kind = FindingKind(
        id="x",
        severity=Severity.ERROR,
        **dict.fromkeys(("text", "expected", "observed", "remedy"), foreign),
    )
    lines = described(kind.of(f"a{HOSTILE}\nforged"), EN, colour=colour).split("\n")
    assert len(lines) == 4
    assert unseen("".join(lines).replace("\x1b[31m\x1b[1merror\x1b[0m", "")) == ""


def test_a_sentence_on_stderr_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say(Text("the server says {words}").format(words=f"{HOSTILE}\nomi: all is fine"))
    err = capsys.readouterr().err
    assert err == f"the server says {printable(HOSTILE)}\\nomi: all is fine\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_message_that_is_written_to_a_terminal_does_not_act_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a pipe it is the message, octet by octet."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stdout", shown)
    octets = f"Subject: 名{HOSTILE}\r\n\r\nbody\n".encode() + b"\xff\n"
    with screens():
        for each in octets:
            sys.stdout.buffer.write(bytes([each]))
        sys.stdout.buffer.flush()
    assert unseen(shown.getvalue(), "\n") == ""
    assert shown.getvalue() == f"Subject: 名{printable(HOSTILE)}\n\nbody\n\\xff\n"


def test_only_what_a_screen_has_made_is_taken_as_it_is() -> None:
    assert drawn("\x1b[1m") == r"\x1b[1m"
    assert drawn(styled("a\x1b", bold=True), "\x1b") == "\x1b[1ma\\x1b\x1b[0m\\x1b"
    assert stacked(["a\nb", drawn("c\nd")]) == "a\\nb\nc\nd"
    assert type(styled("a", bold=True) + "\x1b") is str
    assert isinstance(stacked([]), Drawn)
    assert printable(HOSTILE) == drawn(HOSTILE)
