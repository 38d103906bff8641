"""Each mail that once went wrong is made right, or refused with the header's name."""

import pytest

from omi_core.milter.mail import RefusedMailError
from tests.fuzz.parsers.policy import judge_mail, made, read_mail
from tests.known_mails import KNOWN_MAILS, KnownMail, first_text, mailboxes

TAKEN = [each for each in KNOWN_MAILS if not each.refused]
REFUSED = [each for each in KNOWN_MAILS if each.refused]


@pytest.mark.parametrize("mail", TAKEN, ids=str)
def test_a_mail_that_can_be_made_right_reads_as_it_was_meant(mail: KnownMail) -> None:
    found = read_mail(mail.octets)
    judge_mail(mail.octets, found)
    octets = made(*found)
    assert {name: mailboxes(octets, name) for name in mail.shows} == mail.shows
    assert mail.content in {None, first_text(octets)}


@pytest.mark.parametrize("mail", REFUSED, ids=str)
def test_a_mail_that_cannot_is_refused_for_good_with_what_was_read(mail: KnownMail) -> None:
    with pytest.raises(RefusedMailError) as refused:
        read_mail(mail.octets)
    assert refused.value.reply.decode("ascii").startswith(mail.refused)
