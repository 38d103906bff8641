"""The signer looks at login and author by itself, with a list and a grammar of its own."""

import base64
import random

import pytest

from lab import hosts
from omi_core.message.mailboxes import MailboxError, read_mailboxes
from tests.lab.relay_client import side_by_side
from tests.lab.relay_impersonation import attempts, parts, send
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

LINES = 20_000


def test_without_the_policy_daemon_no_account_is_signed_for_as_another(damaged: Control) -> None:
    signer = "sed -n 's/^smtpd_milters = .* //p' /etc/postfix/main.cf"
    shell(damaged.site, "smtp2", f'postconf -e "smtpd_milters=$({signer})"; postfix reload')
    sent = side_by_side(lambda some: send(damaged.site, "smtp2", some), parts(attempts()))
    answers = [answer for some in sent for answer in some]
    taken = [attempt for attempt, reply in answers if reply.code == 250]
    assert [str(attempt) for attempt in taken if not attempt.is_allowed] == []
    assert len([attempt for attempt, _ in answers if not attempt.is_allowed]) >= 60
    assert len(taken) > 10, "what is the account's own in the grammar is signed"


READER = """
local mailboxes = dofile("/etc/rspamd/omi_mailboxes.lua")
local util = require "rspamd_util"
for line in io.lines("/tmp/authors") do
  local list, fault = mailboxes.read(tostring(util.decode_base64(line)))
  local one = list and #list == 1 and list[1].address
  print("read " .. (one and tostring(util.encode_base64(one.text)) or "none"))
end
"""


def test_two_grammars_never_find_two_authors_in_one_header(control: Control) -> None:
    """On the relay's own interpreter: what both read as one mailbox is the same mailbox."""
    chance = random.Random(7)
    texts = [made_up(chance) for _ in range(LINES)]
    lines = "".join(f"{base64.b64encode(text.encode()).decode()}\n" for text in texts)
    for path, text in (("/tmp/authors", lines), ("/tmp/read.lua", READER)):
        hosts.check(control.site, "smtp", ["tee", path], stdin=text)
    said = shell(control.site, "smtp", "rspamadm lua /tmp/read.lua; rm /tmp/authors /tmp/read.lua")
    theirs = [line[5:] for line in said.splitlines() if line.startswith("read ")]
    assert len(theirs) == LINES
    both = [
        (text, ours, base64.b64decode(other).decode())
        for text, ours, other in zip(texts, map(author, texts), theirs, strict=True)
        if ours and other != "none"
    ]
    assert len(both) > LINES / 20
    assert [each for each in both if each[1] != each[2]] == []


def author(text: str) -> str:
    """The one address that the policy daemon's grammar finds; "" for none, or several."""
    try:
        [one] = read_mailboxes(text).all
    except (MailboxError, ValueError):
        return ""
    return f"{one.address.local_part}@{one.address.domain}"


def made_up(chance: random.Random) -> str:
    """Return a From value: pieces that grammars trip over, in any order, often around a mailbox."""
    pieces = (
        '"',
        "\\",
        "(",
        ")",
        "<",
        ">",
        "@",
        ",",
        ";",
        ":",
        " ",
        ".",
        "[",
        "]",
        "小",
        "=?",
        "a",
    )
    pieces += ("bob@news.example", "<bob@news.example>", "<alice@shop.example>", "Bob", '"a b"')
    made = "".join(chance.choices(pieces, k=chance.randint(0, 5)))
    return made + chance.choice(("", "<bob@news.example>", "bob@news.example", "<a@b.example> "))
