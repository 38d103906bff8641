"""deploys/certificates.py on fake hosts: what is due, in which order, and how many commands."""

from pathlib import Path

from omi_core.inventory.model import Environment, Relay
from omi_core.relay.certificates import warning as certificate_warning
from tests.fake.relays import (
    REPOSITORY,
    Run,
    asks_for_a_certificate,
    deploy,
    has_certificate,
    row,
    stands,
)

DEPLOY = str(REPOSITORY / "deploys/certificates.py")
FAILS = {"success": False, "stderr": "it does not work"}


def settled(of: Relay) -> dict[str, object]:
    return {**has_certificate(of), **stands(certificate_warning.configured(of))}


def run(*rows: tuple[str, dict[str, object]], dry: bool = False) -> Run:
    return deploy(list(rows), what=DEPLOY, dry=dry)


def test_nothing_due_is_one_command_a_host_and_no_change(first: Relay, second: Relay) -> None:
    done = run(row(first, settled(first)), row(second, settled(second)))
    assert done.error == ""
    assert not done.changed
    for each in (first, second):
        assert len(done.on(each)) == 1


def test_a_dry_run_names_the_relay_that_is_due_and_asks_nobody(
    first: Relay, second: Relay, tmp_path: Path
) -> None:
    bare = {**settled(second), "components/tls/live": []}
    done = run(row(first, settled(first)), row(second, bare), dry=True)
    assert done.changed == {"@fake/smtp2.itpison.com"}
    assert not done.touching(second, "genpkey")
    assert not list((tmp_path / "ca").glob("lock"))


def test_a_relay_that_fails_keeps_the_next_one_from_being_touched(
    first: Relay, second: Relay
) -> None:
    due = {"components/tls/live": []}
    broken = {"genpkey": FAILS, **due}
    done = run(row(first, due), row(second, broken))
    assert done.failed == {"@fake/smtp2.itpison.com"}
    assert done.touching(second, "genpkey")
    assert len(done.on(first)) == 1  # it was looked at
    assert not done.touching(first, "genpkey")


def test_a_ca_that_is_not_whole_is_one_sentence_and_touches_no_relay(
    shared: Environment, first: Relay, second: Relay, tmp_path: Path
) -> None:
    del shared
    answers = settled(first), settled(second)
    (tmp_path / "ca/root.key").write_text("no key")
    lost = {**asks_for_a_certificate(), **answers[1], "components/tls/live": []}
    done = run(row(first, answers[0]), row(second, lost))
    assert done.failed == {"@fake/smtp2.itpison.com"}
    assert not done.touching(second, "base64 -d")
