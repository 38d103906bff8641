"""What one listener serves or says, however odd, is said of it, and costs no other its result."""

import base64
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from omi_core import reports
from omi_core.cli import reports as cli_reports
from omi_core.cli.smtp.table import printed
from omi_core.findings.verdict import Verdict
from omi_core.language import EN, ZH_TW, Language
from omi_core.names import Fqdn
from omi_core.probe import checklist, matrix
from omi_core.probe.cell import Cell
from omi_core.probe.context import CheckContext
from omi_core.probe.name_seen import NameSeen, Resolver
from omi_core.probe.observation import CellSeen
from omi_core.probe.probe import Probe
from omi_core.probe.report import Report, cell_report
from tests.unit.certificates import odd_certificates as odd
from tests.unit.probe.conftest import Verify
from tests.unit.probe.fake_smtp import NAME, PASSWORD, Behaviour

# OpenSSL, with which these servers are made, serves none of the others; they are read from octets
# and from files in other tests.
SERVABLE = (
    *("a dNSName in ISO 8859-1", "a dNSName of 0xFF", "an address of 3 octets"),
    *("an address of 17 octets", "an empty address", "an x400Address", "an ediPartyName"),
    *("a non-ASCII rfc822Name", "a name of an unknown kind", "a month 13"),
)
REPEATED = base64.b64encode(f"\0alice\0{PASSWORD}".encode()).decode()


def serving(directory: Path, octets: bytes) -> ssl.SSLContext:
    private = odd.KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = directory / "odd.pem"
    file.write_bytes(private + ssl.DER_cert_to_PEM_cert(octets).encode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def verdicts(report: Report, security: str) -> dict[str, Verdict]:
    [cell] = [each for each in report.cells if each.cell.access.security.value == security]
    return {each.check.id: each.verdict for each in cell.results}


def statuses(report: Report, security: str) -> dict[str, str]:
    return {check: each.status.value for check, each in verdicts(report, security).items()}


@pytest.mark.parametrize("kind", SERVABLE)
def test_an_unreadable_certificate_is_not_judged_and_all_else_is(
    look: Verify, tmp_path: Path, kind: str
) -> None:
    context = serving(tmp_path, odd.UNREADABLE[kind]())
    report = look(context=context, none=Behaviour(), starttls=Behaviour())
    with_tls = statuses(report, "starttls")
    assert with_tls["certificate-covers-name"] == with_tls["certificate-valid"] == "unknown"
    assert with_tls["starttls-offered"] == with_tls["tls-handshake"] == "passed"
    assert with_tls["certificate-chain"] == "failed"  # in OpenSSL's words
    assert set(statuses(report, "none").values()) <= {"passed", "skipped"}
    why = verdicts(report, "starttls")["certificate-covers-name"].note
    assert why.en.startswith("the certificate cannot be read: its ")
    assert why.in_(ZH_TW).startswith("憑證無法讀取：")
    json.dumps(report.to_json())
    assert printed(report, ZH_TW)


@pytest.mark.parametrize("kind", [one for one in odd.READABLE if one != "an unknown signature"])
def test_an_odd_certificate_that_can_be_read_is_judged(
    look: Verify, tmp_path: Path, kind: str
) -> None:
    report = look(context=serving(tmp_path, odd.READABLE[kind]()), tls=Behaviour())
    found = statuses(report, "tls")
    assert found["certificate-covers-name"] == "failed"  # it is for another name
    assert found["certificate-valid"] == "passed"


def failing(error: Exception) -> Callable[[Cell, Probe], Awaitable[CellSeen]]:
    observe = matrix.observe

    async def observed(cell: Cell, probe: Probe) -> CellSeen:
        if cell.access.security.value == "starttls":
            raise error
        return await observe(cell, probe)

    return observed


def test_a_fault_at_one_listener_is_its_result_and_keeps_nobody_waiting(
    look: Verify, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Those of one address wait for each other's logins."""
    alone = statuses(look(tls=Behaviour()), "tls")
    monkeypatch.setattr(matrix, "observe", failing(ValueError(f"not base64: {REPEATED}")))
    report = look(none=Behaviour(), starttls=Behaviour(), tls=Behaviour())
    assert set(statuses(report, "starttls").values()) == {"unknown"}
    assert statuses(report, "tls") == alone
    assert report.exit_code == 3
    note = verdicts(report, "starttls")["port-open"].note
    assert note.en.endswith("please report it: ValueError")
    assert note.in_(ZH_TW).endswith("請回報：ValueError")
    assert printed(report, EN)
    told = json.dumps(report.to_json()) + printed(report, EN) + caplog.text
    assert REPEATED not in told
    assert "matrix.py" in caplog.text


def test_a_judge_that_fails_leaves_the_other_checks_their_results(
    look: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(seen: CellSeen, _context: CheckContext) -> Verdict:
        raise KeyError(str(seen.mail))

    alone = statuses(look(tls=Behaviour()), "tls")
    checks = [
        (check, judge if check.id == "ehlo" else each) for check, each in checklist.CELL_CHECKS
    ]
    monkeypatch.setattr(checklist, "CELL_CHECKS", tuple(checks))
    report = look(tls=Behaviour())
    assert statuses(report, "tls") == alone | {"ehlo": "unknown"}
    assert report.exit_code == 3


def test_a_report_that_cannot_be_made_is_its_cell_s_alone(
    look: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reported(seen: CellSeen, *rest: object) -> object:
        if seen.cell.access.security.value == "starttls":
            raise UnicodeEncodeError("ascii", REPEATED, 0, 1, "odd")
        return cell_report(seen, *rest)  # type: ignore[arg-type]

    alone = statuses(look(tls=Behaviour()), "tls")
    monkeypatch.setattr(matrix, "cell_report", reported)
    report = look(tls=Behaviour(), starttls=Behaviour())
    assert set(statuses(report, "starttls").values()) == {"unknown"}
    assert statuses(report, "tls") == alone


def test_a_judge_of_soundness_that_fails_is_contained(
    look: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sound(_seen: CellSeen, _context: CheckContext) -> bool:
        raise ValueError

    monkeypatch.setattr(matrix, "is_sound", sound)
    assert statuses(look(tls=Behaviour()), "tls")["certificate-covers-name"] == "passed"


@pytest.mark.parametrize("place", ["greeter", "masked"])
def test_what_all_listeners_are_compared_by_is_no_way_for_one_to_end_the_run(
    look: Verify, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def fails(*_: object) -> object:
        raise IndexError

    monkeypatch.setattr(matrix, place, fails)
    report = look(tls=Behaviour())
    assert statuses(report, "tls")["certificate-covers-name"] == "passed"
    assert report.exit_code == (3 if place == "masked" else 0)


def test_a_listener_that_cannot_be_written_in_a_form_is_not_checked_there(
    look: Verify, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file is whole, and has the others."""
    report = look(tls=Behaviour(), starttls=Behaviour())
    odd = next(cell for cell in report.cells if cell.cell.access.security.value == "starttls")

    def writing(form: str) -> object:
        def write(given: Report, language: Language) -> str:
            if odd in given.cells:
                raise ValueError(REPEATED)
            return str(reports.writer(form)(given, language))

        return write

    monkeypatch.setattr(cli_reports, "writer", writing)
    file = tmp_path / "report.xml"
    assert cli_reports.write_reports(report, {"junit": str(file)}, EN) == {3}
    text = file.read_text("utf-8")
    assert "a fault of omi itself; please report it: ValueError" in text
    assert REPEATED not in text
    assert str(odd.cell.subject) in text


def test_a_name_that_cannot_be_looked_up_or_judged_costs_no_other(
    monkeypatch: pytest.MonkeyPatch, contexts: object
) -> None:
    import asyncio

    from omi_core.probe.probe import Contexts
    from omi_core.smtp.limits import Limits
    from omi_core.smtp.redaction import Redactor

    assert isinstance(contexts, Contexts)
    bad, good = Fqdn.parse("bad.example"), Fqdn.parse(NAME)

    async def look_up(_self: Resolver, name: Fqdn) -> NameSeen:
        if name == bad:
            raise UnicodeError("label too long")
        return NameSeen(name=name)

    monkeypatch.setattr(Resolver, "look_up", look_up)
    probe = Probe(limits=Limits.within(1), contexts=contexts, redactor=Redactor([]))
    resolver = Resolver(["127.0.0.1"])
    report = asyncio.run(matrix.verify([bad, good], probe, resolver=resolver))
    of = {each.name: each.results[0].verdict for each in report.names}
    assert of[bad].status.value == "unknown"
    assert "UnicodeError" in of[bad].note.en
    assert of[good].finding is not None
    judged = matrix.judge_name

    def judge(seen: NameSeen, expectation: object) -> object:
        if seen.name == bad:
            raise IndexError
        return judged(seen, expectation)  # type: ignore[arg-type]

    monkeypatch.setattr(matrix, "judge_name", judge)
    report = asyncio.run(matrix.verify([bad, good], probe, resolver=resolver))
    assert [each.status.value for each in report.names] == ["unknown", "failed"]


@pytest.mark.parametrize("size", ["9" * 400, "0" * 400, "\u0663", "-1", "1e9"])
def test_a_size_that_is_no_number_is_a_finding(look: Verify, size: str) -> None:
    """RFC 1870 4: at most 20 digits; Python makes no int of 5,000."""
    ehlo = f"250-relay.test\r\n250-SIZE {size}\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n"
    report = look(tls=replace(Behaviour(), ehlo_answer=ehlo.encode()))
    assert verdicts(report, "tls")["size-limit"].finding is not None
    assert "unknown" not in statuses(report, "tls")["ehlo"]
