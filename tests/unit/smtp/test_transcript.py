"""What is kept of a conversation is for people to read: lines, and nothing in them that acts."""

import pytest

from omi_core.smtp.redaction import Redactor
from omi_core.smtp.transcript import Recorder, Side
from tests.unseen import HOSTILE, unseen


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_what_a_server_says_is_kept_in_its_lines_and_does_not_act(end: str) -> None:
    recorder = Recorder(Redactor())
    recorder.add(Side.SERVER, f"250-a{HOSTILE}\r\n250\tb\r0{end}".encode() + b"\xff")
    [entry] = recorder.entries
    assert unseen(entry.text, "\n\t") == ""
    assert entry.text.split("\n")[0].startswith(r"250-a\x1b]0;owned\x07")
    assert entry.text.split("\n")[1].startswith("250\tb\\r0")
    assert entry.text.endswith("\\xff")
