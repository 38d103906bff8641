"""`omi message`, as it is typed."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Omi = Callable[..., Any]
MESSAGE = b"From: a@example.com\r\nSubject: x\r\n\r\nbody\x00\xff\r\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "message.eml"
    path.write_bytes(MESSAGE)
    return path


@pytest.mark.parametrize(
    ("header", "en", "zh_tw"),
    [
        ("X-LinkOption: 64", "will not track opens;", "不追蹤開信；"),
        ("X-LinkOption: 128", "will not track links;", "不追蹤連結；"),
        ("X-LinkOption: 192", "will not track opens or track links;", "不追蹤開信、不追蹤連結；"),
        ("X-ListOption: 1", "will keep all To headers", "保留所有 To（收件者）標頭"),
        ("X-ListOption: 2", "will keep all Cc headers", "保留所有 Cc 標頭"),
        ("X-ListOption: 65536", "will bypass all filtering", "略過收件人清單的所有過濾"),
    ],
)
def test_check_gives_the_guides_examples_their_meaning(
    header: str, en: str, zh_tw: str, omi: Omi
) -> None:
    message = (
        f"{header}\nFrom: test@itpison.com\nTo: test@gmail.com\n"
        "Subject: Test Sample\n\nThis is Test Email\n"
    ).encode()

    english = omi("message", "check", "-", stdin=message)
    chinese = omi("message", "check", "-", "--lang", "zh-TW", stdin=message)

    assert (english.code, english.err) == (chinese.code, chinese.err) == (0, "")
    assert en in english.out
    assert zh_tw in chinese.out


def test_check_says_when_nothing_is_steered(file: Path, omi: Omi) -> None:
    done = omi("message", "check", str(file))

    assert (done.code, done.out) == (0, "No control header: the account's own settings apply.\n")


def test_check_fails_on_an_error_and_says_what_is_right(omi: Omi) -> None:
    done = omi("message", "check", "-", stdin=b"X-LinkOption: 64,128\n\n")

    assert done.code == 1
    assert "remedy:   write 192 if all of them are meant" in done.out


def test_check_passes_on_a_warning(omi: Omi) -> None:
    done = omi("message", "check", "-", stdin=b"X-LinkOption: 64\nX-LinkOption: 64\n\n")

    assert done.code == 0
    assert "warning: X-LinkOption" in done.out


def test_set_writes_the_message_and_nothing_else_of_it_changed(file: Path, omi: Omi) -> None:
    done = omi("message", "set", str(file), "X-LinkOption=NotTrackOpen,NotTrackAllLink")

    assert (done.code, done.err) == (0, "")
    assert done.raw == MESSAGE.replace(b"Subject: x\r\n", b"Subject: x\r\nX-LinkOption: 192\r\n")
    assert file.read_bytes() == MESSAGE


@pytest.mark.parametrize(
    ("assignment", "line"),
    [
        ("x-linkoption=0x40", b"X-LinkOption: 64"),
        ("X-SendOption=SendSubListOnly", b"X-SendOption: 3"),
        ("X-LaunchType=7", b"X-LaunchType: 7"),
        ("X-RefNumber=a=b", b"X-RefNumber: a=b"),
        ("X-JobName=測試", b"X-JobName: =?utf-8?b?5ris6Kmm?="),
        ("X-NextLaunchTime=2099/1/2 9:30", b"X-NextLaunchTime: 2099-01-02T09:30:00+08:00"),
    ],
)
def test_set_writes_every_kind_of_header(
    assignment: str, line: bytes, file: Path, omi: Omi
) -> None:
    assert line + b"\r\n" in omi("message", "set", str(file), assignment).raw


def test_set_reads_stdin(omi: Omi) -> None:
    assert omi("message", "set", "-", "X-LinkOption=64", stdin=b"A: 1\n\nb").raw == (
        b"A: 1\nX-LinkOption: 64\n\nb"
    )


def test_set_in_place_replaces_the_file_and_keeps_its_mode(file: Path, omi: Omi) -> None:
    file.chmod(0o640)

    done = omi("message", "set", str(file), "X-LinkOption=64", "--in-place")

    assert (done.code, done.out) == (0, "")
    assert b"X-LinkOption: 64\r\n" in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(file.parent.iterdir()) == [file]


def test_set_in_place_keeps_a_link_a_link(file: Path, omi: Omi) -> None:
    link = file.with_name("link.eml")
    link.symlink_to(file)

    omi("message", "set", str(link), "X-LinkOption=64", "--in-place")

    assert link.is_symlink()
    assert b"X-LinkOption: 64" in file.read_bytes()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_set_in_place_keeps_the_owner(file: Path, omi: Omi) -> None:
    os.chown(file, 12345, 54321)

    omi("message", "set", str(file), "X-LinkOption=64", "--in-place")

    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 54321)


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_beside_it(
    file: Path, omi: Omi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    done = omi("message", "set", str(file), "X-LinkOption=64", "--in-place")

    assert (done.code, done.err) == (3, "omi: No space left on device\n")
    assert file.read_bytes() == MESSAGE
    assert list(file.parent.iterdir()) == [file]


def test_set_in_place_refuses_a_pipe(tmp_path: Path, omi_process: Omi) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)
    os.write(writer, MESSAGE)

    done = omi_process("message", "set", str(fifo), "X-LinkOption=64", "--in-place")
    os.close(writer)

    assert (done.code, done.out) == (2, "")
    assert fifo.is_fifo()


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom", "/dev/null"])
def test_an_endless_or_empty_device_is_no_message(device: str, omi: Omi) -> None:
    done = omi("message", "check", device)

    assert (done.code, done.out) == (2, "")


def test_a_value_that_is_refused_leaves_the_file_alone(file: Path, omi: Omi) -> None:
    done = omi("message", "set", str(file), "X-LinkOption=NotTrakOpen", "--in-place")

    assert done.code == 2
    assert file.read_bytes() == MESSAGE


def test_a_file_without_a_message_is_left_alone(tmp_path: Path, omi: Omi) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\x00\x01")

    assert omi("message", "set", str(path), "X-LinkOption=64", "--in-place").code == 2
    assert path.read_bytes() == b"\x00\x01"


def test_remove_takes_a_header_out(omi: Omi) -> None:
    message = b"X-LinkOption: 64\nA: 1\n\n"

    assert omi("message", "set", "-", "--remove", "x-linkoption", stdin=message).raw == b"A: 1\n\n"


def test_set_says_what_is_wrong_with_the_result_and_still_writes_it(omi: Omi) -> None:
    done = omi("message", "set", "-", "X-SendOption=7", stdin=b"A: 1\n\n")

    assert (done.code, done.raw) == (1, b"A: 1\nX-SendOption: 7\n\n")
    assert "SendOption has no value 7" in done.err


def test_set_reports_as_json_when_it_writes_in_place(file: Path, omi: Omi) -> None:
    done = omi("message", "set", str(file), "X-LinkOption=192", "--in-place", "--json")

    assert json.loads(done.out)["headers"][0]["names"] == ["NotTrackOpen", "NotTrackAllLink"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["X-LinkOption"], "has no '='; write HEADER=VALUE"),
        (["X-Mailer=1"], "is not a control header; write one of: X-JobName"),
        (["X-LinkOption="], "--remove X-LinkOption removes it"),
        (["X-LinkOption=1", "x-linkoption=2"], "is given twice"),
        (["X-LinkOption=1", "--remove", "X-LinkOption"], "is given twice"),
        (["X-LinkOption=1", "--json"], "--json needs --in-place"),
        (["X-NextLaunchTime=03/04/2099"], "2099-04-03 or 2099-03-04"),
        (["X-JobName=a\nBcc: x@example.com"], "control character"),
        (["X-LaunchType=one"], "that is not a number"),
        ([], "give HEADER=VALUE"),
        (["X-LinkOption=1", "--zone", "Nowhere"], "not a time zone"),
    ],
)
def test_bad_input_to_set_is_exit_code_2_and_writes_nothing(
    arguments: list[str], reason: str, file: Path, omi: Omi
) -> None:
    done = omi("message", "set", str(file), *arguments)

    assert (done.code, done.out) == (2, "")
    assert reason in done.err


def test_in_place_needs_a_file(omi: Omi) -> None:
    done = omi("message", "set", "-", "X-LinkOption=1", "--in-place", stdin=MESSAGE)

    assert (done.code, done.out) == (2, "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"\x7fELF\x00\x01", "not a mail message"),
        (b"\xef\xbb\xbfX-LinkOption: 64\n\n", "byte order mark"),
    ],
)
def test_a_file_that_is_no_message_is_bad_input(
    content: bytes, reason: str, tmp_path: Path, omi: Omi
) -> None:
    path = tmp_path / "x.eml"
    path.write_bytes(content)

    done = omi("message", "check", str(path))

    assert (done.code, done.out) == (2, "")
    assert reason in done.err
    assert "x.eml" in done.err


def test_a_missing_file_and_a_directory_are_bad_input(tmp_path: Path, omi: Omi) -> None:
    assert omi("message", "check", str(tmp_path / "none")).code == 2
    assert omi("message", "check", str(tmp_path)).code == 2
    assert omi("message", "check", str(tmp_path / "none" / "x")).code == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="/proc/1/mem cannot be read by root either")
def test_a_file_that_cannot_be_read_is_could_not_look(omi: Omi) -> None:
    done = omi("message", "check", "/proc/self/mem")

    assert (done.code, done.out) == (3, "")
    assert "Traceback" not in done.err


def test_a_huge_message_is_passed_through_whole(tmp_path: Path, omi: Omi) -> None:
    path = tmp_path / "huge.eml"
    body = os.urandom(1 << 16) * 80
    path.write_bytes(b"A: 1\n\n" + body)

    assert omi("message", "set", str(path), "X-LinkOption=1").raw == (
        b"A: 1\nX-LinkOption: 1\n\n" + body
    )
