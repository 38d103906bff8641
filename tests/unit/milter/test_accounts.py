"""The file of accounts on a relay: whole, or not read at all."""

import json
from pathlib import Path

import pytest

from omi_core.message.control import ControlHeaders
from omi_core.message.enforce import ControlMode, ControlPolicy
from omi_core.milter.accounts import AccountsFile, read_accounts, written_accounts
from omi_core.options import LinkOption


def test_the_file_of_accounts_is_read_again_when_another_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    path.write_bytes(written_accounts({"a@b.example": ("bob",)}, {}))
    file = AccountsFile(path)
    assert file.now().shown("bob") == "a@b.example"
    other = tmp_path / "other"
    other.write_bytes(written_accounts({"c@b.example": ("bob",), "@d.example": ("bob",)}, {}))
    other.replace(path)
    assert file.now().shown("bob") == "anything@d.example, c@b.example"


@pytest.mark.parametrize("document", [None, b"", b'{"bob": {"senders": ["a@b.exam', b"\xff", b"[]"])
def test_while_a_file_cannot_be_read_the_accounts_before_it_count_and_the_log_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, document: bytes | None
) -> None:
    path = tmp_path / "accounts.json"
    path.write_bytes(written_accounts({"a@b.example": ("bob",)}, {}))
    file = AccountsFile(path)
    file.now()
    path.unlink()
    if document is not None:
        path.write_bytes(document)
    assert [file.now().shown("bob") for _ in range(3)] == ["a@b.example"] * 3
    assert [str(path) in record.message for record in caplog.records] == [True]
    other = tmp_path / "other"
    other.write_bytes(written_accounts({"c@b.example": ("bob",)}, {}))
    other.replace(path)
    assert file.now().shown("bob") == "c@b.example"


def test_without_any_accounts_that_could_be_read_nobody_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    file = AccountsFile(path)
    with pytest.raises(OSError, match=r"accounts\.json"):
        file.now()
    path.write_bytes(b"{")
    for _ in range(2):
        with pytest.raises(ValueError, match=r".*"):
            file.now()


@pytest.mark.parametrize(
    "document", [b"", b"[]", b'{"a": 1}', b'{"a": {"senders": [1]}}', b'{"a": {}}']
)
def test_a_broken_file_of_accounts_is_no_list_of_none(document: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_accounts(document)


def test_accounts_are_written_a_login_a_line() -> None:
    owners = {"a@b.example": ("bob", "eve"), "@c.example": ("bob",)}
    document = written_accounts(owners, {})
    assert json.loads(document) == {
        "bob": {"senders": ["@c.example", "a@b.example"]},
        "eve": {"senders": ["a@b.example"]},
    }
    assert len(document.splitlines()) == 4


def test_what_is_done_about_control_headers_travels_with_the_accounts() -> None:
    policy = ControlPolicy(
        mode=ControlMode.WARN,
        launch=ControlHeaders(link_option=LinkOption(64), job_name="電子報"),
        may_set={"X-LinkOption": 64, "X-JobName": 0},
    )
    owners = {"a@b.example": ("bob", "eve")}
    found = read_accounts(written_accounts(owners, {"bob": policy}))
    assert found.policy("BOB") == policy
    assert found.policy("bob").may_set == policy.may_set
    assert found.policy("eve") == ControlPolicy()


BROKEN = (
    "5",
    "{}",
    '{"mode": "x", "launch": {}, "may_set": {}}',
    '{"mode": "warn", "launch": {"X-LinkOption": "abc"}, "may_set": {}}',
    '{"mode": "warn", "launch": {"Subject": "1"}, "may_set": {}}',
    '{"mode": "warn", "launch": 5, "may_set": {}}',
    '{"mode": "warn", "launch": {}, "may_set": {"X-LinkOption": "64"}}',
    '{"mode": "warn", "launch": {}, "may_set": {"X-LinkOption": -1}}',
    '{"mode": "warn", "launch": {}, "may_set": {"Subject": 1}}',
)


@pytest.mark.parametrize("control", BROKEN)
def test_a_policy_that_cannot_be_read_is_none_of_a_default(control: str) -> None:
    document = f'{{"bob": {{"senders": ["a@b.example"], "control": {control}}}}}'
    with pytest.raises(ValueError, match=r".*"):
        read_accounts(document.encode())
