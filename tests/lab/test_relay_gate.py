"""The last step of a deploy: what only a customer notices is noticed, and taken back."""

import pytest

from lab import hosts
from omi_core.relay.gate import PASSED
from tests.lab.relay_client import deliver
from tests.lab.relay_run import Control, digests, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

ONE = ("--limit", "smtp2.itpison.com")
MANAGED = ("/etc/postfix", "/etc/dovecot", "/etc/rspamd")
MASTER = "templates/postfix/master.cf"
SUBMISSION = "    -o syslog_name=postfix/submission\n"


def offer_auth_before_tls(control: Control) -> None:
    """Postfix takes it, every port answers, and passwords would cross the network in the clear."""
    weak = "    -o smtpd_tls_auth_only=no\n    -o smtpd_tls_security_level=may\n"
    control.edit(MASTER, f"{SUBMISSION}# Nothing", f"{SUBMISSION}{weak}# Nothing")
    strict = "section 4\n    -o smtpd_tls_security_level=encrypt\n"
    control.edit(MASTER, strict, "section 4\n")


def test_what_only_customers_would_notice_is_taken_back(copied: Control) -> None:
    place = copied.site
    before = digests(place, "smtp2", *MANAGED)
    offer_auth_before_tls(copied)

    ended = copied.run("-y", *ONE)

    assert ended.code == 1
    assert "Traceback" not in ended.said
    assert "AUTH" in ended.said
    assert "put back: postfix" in ended.said
    assert "with the previous files it is fine again" in ended.said
    assert digests(place, "smtp2", *MANAGED) == before
    assert deliver(place, "smtp2").verdict.is_pass


def test_the_run_after_one_that_was_taken_back_repairs(copied: Control) -> None:
    offer_auth_before_tls(copied)
    assert copied.run("-y", *ONE).code == 1
    copied.edit(MASTER, "section 4\n", "section 4\n    -o smtpd_tls_security_level=encrypt\n")
    copied.edit(MASTER, "    -o smtpd_tls_auth_only=no\n    -o smtpd_tls_security_level=may\n", "")
    ended = copied.run("-y", *ONE)
    assert ended.code == 0, ended.said
    assert deliver(copied.site, "smtp2").verdict.is_pass


def test_a_relay_that_was_never_fine_keeps_what_it_has_and_the_run_fails(copied: Control) -> None:
    place = copied.site
    shell(place, "smtp2", f"rm {PASSED}")
    offer_auth_before_tls(copied)
    ended = copied.run("-y", *ONE)
    assert ended.code == 1
    assert "never been seen to be fine" in ended.said
    assert hosts.run(place, "smtp2", ["test", "-e", PASSED]).returncode != 0
