"""Every check of a cell, in the order in which a session comes to it."""

from collections.abc import Callable

from omi_core.findings.contained import not_checked
from omi_core.findings.verdict import Check, CheckResult, Verdict, unknown
from omi_core.probe.cell import Cell
from omi_core.probe.context import CheckContext
from omi_core.probe.observation import CellSeen
from omi_core.probe.report import CellReport
from omi_core.probe.rules import auth as judge_auth
from omi_core.probe.rules import auth_texts as catalogue_auth
from omi_core.probe.rules import connection as judge_connection
from omi_core.probe.rules import connection_texts as catalogue_connection
from omi_core.probe.rules import mail as judge_mail
from omi_core.probe.rules import mail_texts as catalogue_mail
from omi_core.probe.rules import tls as judge_tls
from omi_core.probe.rules import tls_texts as catalogue_tls
from omi_core.text import Text

Judge = Callable[[CellSeen, CheckContext], Verdict]

CELL_CHECKS: tuple[tuple[Check, Judge], ...] = (
    (catalogue_connection.PORT_OPEN, judge_connection.port_open),
    (catalogue_connection.CONNECTIONS, judge_connection.connections),
    (catalogue_connection.BANNER, judge_connection.banner),
    (catalogue_connection.EHLO, judge_connection.ehlo),
    (catalogue_tls.STARTTLS, judge_tls.starttls_offered),
    (catalogue_tls.HANDSHAKE, judge_tls.handshake),
    (catalogue_tls.VERSIONS, judge_tls.versions),
    (catalogue_tls.COVERS, judge_tls.covers_name),
    (catalogue_tls.CHAIN, judge_tls.chain_trusted),
    (catalogue_tls.DAYS, judge_tls.days_left),
    (catalogue_tls.RSA, judge_tls.served_by_rsa),
    (catalogue_tls.SAME, judge_tls.same_certificate),
    (catalogue_tls.DEPLOYED, judge_tls.deployed_certificate),
    (catalogue_tls.INJECTION, judge_tls.injection),
    (catalogue_auth.AUTH_OFFERED, judge_auth.auth_offered),
    (catalogue_auth.AUTH_ONLY_INSIDE, judge_auth.auth_only_inside),
    (catalogue_auth.WRONG_REFUSED, judge_auth.wrong_refused),
    (catalogue_auth.PLAIN_ACCEPTED, judge_auth.plain_accepted),
    (catalogue_auth.LOGIN_ACCEPTED, judge_auth.login_accepted),
    (catalogue_auth.RELAY_CLOSED, judge_auth.relay_closed),
    (catalogue_auth.FOREIGN_REFUSED, judge_auth.foreign_refused),
    (catalogue_mail.SIZE, judge_mail.size_limit),
    (catalogue_mail.SMUGGLING, judge_mail.smuggling_closed),
    (catalogue_mail.ACCEPTED, judge_mail.mail_accepted),
    (catalogue_mail.ARRIVED, judge_mail.mail_arrived),
    (catalogue_mail.AUTHENTICATED, judge_mail.mail_authenticated),
    (catalogue_mail.INTACT, judge_mail.mail_intact),
)


def judge_cell(seen: CellSeen, context: CheckContext) -> tuple[CheckResult, ...]:
    """Return the result of every check for one cell; pure.

    A fault of ours in one check leaves the others their results.
    """
    return tuple(
        CheckResult(check=check, verdict=_contained(judge, seen, context))
        for check, judge in CELL_CHECKS
    )


def _contained(judge: Judge, seen: CellSeen, context: CheckContext) -> Verdict:
    try:
        return judge(seen, context)
    except Exception as error:  # noqa: BLE001 - whatever a server sent, it is said of it alone
        return unknown(not_checked(seen.cell.subject, error, in_words=False))


def unchecked_cell(cell: Cell, why: Text) -> CellReport:
    """Return the report of a cell that could not be looked at."""
    results = tuple(CheckResult(check=check, verdict=unknown(why)) for check, _ in CELL_CHECKS)
    return CellReport(cell=cell, results=results, conversations=())
