"""What a reader sees is what was sent, for mails as programs, devices and people write them.

The same mails go through the real chain in tests/lab/test_relay_random_mail.py.
"""

from tests.fuzz.parsers.policy import judge_mail, made, read_mail
from tests.lab.relay_random import random_mails

SENDER = "bob@news.example"


def test_every_mail_can_be_sent_and_reads_the_same() -> None:
    changed = []
    for one in random_mails(400, SENDER, "inbox@inbox.example", seed=7):
        found = read_mail(one.octets)
        judge_mail(one.octets, found)
        if not one.reads_as(made(*found)):
            changed.append(one)
    assert changed == []
