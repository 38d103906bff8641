"""What the last step of a deploy makes of what it saw: the relay's fault, or the way's."""

from typing import Any

import pytest

from omi_core.relay.gate import Judgement, judged
from omi_core.relay.verify import Verification


def check(
    id_: str = "port-open", status: str = "passed", severity: str = "error"
) -> dict[str, Any]:
    return {"id": id_, "status": status, "finding": {"severity": severity}}


def cell(port: int, *checks: dict[str, Any], fault: str | None = None) -> dict[str, Any]:
    return {"port": port, "checks": list(checks), "conversations": [{"fault": fault}]}


def fine(*ports: int) -> list[dict[str, Any]]:
    return [cell(port, check()) for port in ports or (25, 465, 587)]


def silent(port: int) -> dict[str, Any]:
    return cell(port, check(status="failed"), fault="silent")


def seen(
    *cells: dict[str, Any], code: int = 1, names: tuple[dict[str, Any], ...] = ()
) -> Verification:
    return Verification(code=code, document={"cells": cells, "names": names}, sentences=())


def test_a_relay_without_an_error_is_fine() -> None:
    assert judged(seen(*fine(), code=0)) is Judgement.FINE


def test_a_warning_takes_nothing_back() -> None:
    warned = cell(465, check("days-left", "failed", "warning"))
    assert judged(seen(*fine(25, 587), warned, code=0)) is Judgement.FINE


@pytest.mark.parametrize("port", [25, 465, 587])
def test_an_error_behind_an_open_port_is_the_relays(port: int) -> None:
    wrong = cell(port, check(), check("auth-only-where-allowed", "failed"))
    assert judged(seen(*fine(), wrong)) is Judgement.WRONG


def test_a_refused_connection_is_the_relays() -> None:
    """A firewall is silent; what refuses is a host on which nobody listens."""
    refused = cell(587, check(status="failed"), fault="refused")
    assert judged(seen(*fine(25, 465), refused)) is Judgement.WRONG


def test_a_network_that_blocks_port_25_keeps_nobody_from_deploying() -> None:
    assert judged(seen(silent(25), *fine(465, 587))) is Judgement.FINE


def test_with_port_25_blocked_a_fault_elsewhere_still_counts() -> None:
    wrong = cell(465, check(), check("certificate-covers-name", "failed"))
    assert judged(seen(silent(25), wrong, *fine(587))) is Judgement.WRONG


@pytest.mark.parametrize("port", [465, 587])
def test_a_silent_port_of_customers_is_no_pass_and_takes_nothing_back(port: int) -> None:
    assert judged(seen(*fine(25), silent(port))) is Judgement.OUT_OF_REACH


def test_nothing_in_reach_is_no_pass() -> None:
    assert judged(seen(silent(25), silent(465), silent(587))) is Judgement.OUT_OF_REACH
    assert (
        judged(Verification(sentences=("the verification was not over",))) is Judgement.OUT_OF_REACH
    )


def test_what_could_not_be_looked_at_is_no_pass() -> None:
    unknown = cell(465, check("tls-versions", "unknown"))
    assert judged(seen(*fine(), unknown, code=3)) is Judgement.OUT_OF_REACH


@pytest.mark.parametrize("port", [25, 587])
def test_a_listener_that_a_fault_of_ours_left_out_is_no_pass(port: int) -> None:
    """A firewall before port 25 would be none of the relay's business; this is no firewall."""
    left_out = {**cell(port, check(status="unknown")), "conversations": []}
    judgement = judged(seen(*fine(465), silent(25), left_out, code=3))
    assert judgement is Judgement.OUT_OF_REACH


def test_a_name_that_is_wrong_is_the_relays() -> None:
    name = {"checks": [check("name-resolves", "failed")]}
    assert judged(seen(*fine(), names=(name,))) is Judgement.WRONG
