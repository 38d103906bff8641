"""The one file that goes to a relay, run there as here: by itself, in processes of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from omi_core.milter.accounts import written_accounts
from omi_core.relay.policy.archive import daemon
from tests.unit.milter.test_dialogue import FINE, Client, mail, offer

ACCOUNTS = written_accounts({"bob@news.example": ("bob",)}, {})
SETTINGS = """{{
  "socket": "{place}/milter.sock",
  "accounts": "{place}/accounts.json",
  "host": "smtp.relay.example",
  "hide_clients": false,
  "control": {{"zone": "Asia/Taipei", "reference": "", "longest_hold": 3600}},
  "next_hops": {{"own": "", "known": {{}}}},
  "longest": 1000000
}}"""
PATIENCE_S = 30


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "policy.pyz").write_bytes(daemon())
    (tmp_path / "accounts.json").write_bytes(ACCOUNTS)
    (tmp_path / "settings.json").write_text(SETTINGS.format(place=tmp_path))
    return tmp_path


def command(files: Path, *words: str) -> list[str]:
    return [sys.executable, "-I", str(files / "policy.pyz"), *words]


@contextmanager
def running(files: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command(files, str(files / "settings.json")))
    try:
        until((files / "milter.sock").exists)
        yield process
    finally:
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
        assert workers(process) == []


def until(is_so: Callable[[], object]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.02)


def workers(process: subprocess.Popen[bytes]) -> list[int]:
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    with suppress(OSError):
        return [int(each) for each in path.read_text().split()]
    return []


async def connected(files: Path) -> Client:
    client = Client(*await asyncio.open_unix_connection(files / "milter.sock"))
    assert (await client.answer(offer()))[0][:1] == b"O"
    return client


def asks(files: Path) -> list[bytes]:
    async def ask() -> list[bytes]:
        client = await connected(files)
        try:
            return await client.answer(mail(FINE))
        finally:
            client.writer.close()

    return asyncio.run(asyncio.wait_for(ask(), PATIENCE_S))


def test_the_same_modules_make_the_same_octets() -> None:
    assert daemon() == daemon()


def test_it_checks_its_files_and_needs_nothing_but_python(files: Path) -> None:
    words = ("--check", str(files / "settings.json"), str(files / "accounts.json"))
    subprocess.run(command(files, *words), check=True, env={}, cwd="/")


@pytest.mark.parametrize(
    ("name", "content"), [("settings.json", "{}"), ("accounts.json", '{"bob": 1}')]
)
def test_wrong_files_are_no_files(files: Path, name: str, content: str) -> None:
    (files / name).write_text(content)
    words = ("--check", str(files / "settings.json"), str(files / "accounts.json"))
    ended = subprocess.run(command(files, *words), check=False, capture_output=True)
    assert ended.returncode != 0


def test_it_answers(files: Path) -> None:
    with running(files):
        assert asks(files) == [b"c"]


def test_a_worker_that_dies_is_replaced_and_the_others_answer(files: Path) -> None:
    with running(files) as process:
        until(lambda: len(workers(process)) >= 2)
        for worker in workers(process):
            os.kill(worker, signal.SIGKILL)
            assert asks(files) == [b"c"]
        until(lambda: len(workers(process)) >= 2)


@pytest.mark.slow
def test_a_worker_that_hangs_is_replaced(files: Path) -> None:
    with running(files) as process:
        until(lambda: len(workers(process)) >= 2)
        assert asks(files) == [b"c"]
        hanging, *_ = workers(process)
        os.kill(hanging, signal.SIGSTOP)
        until(lambda: hanging not in workers(process))
        until(lambda: len(workers(process)) >= 2)
        assert asks(files) == [b"c"]


def test_new_workers_take_over_and_open_sessions_go_on(files: Path) -> None:
    async def across_a_reload(process: subprocess.Popen[bytes]) -> list[list[bytes]]:
        client = await connected(files)
        before = await client.answer(mail(FINE))
        old = set(workers(process))
        process.send_signal(signal.SIGHUP)
        await asyncio.to_thread(until, lambda: len(set(workers(process)) - old) >= 2)
        after = await client.answer(mail(FINE))
        client.writer.close()
        await asyncio.to_thread(until, lambda: not set(workers(process)) & old)
        return [before, after]

    with running(files) as process:
        until(lambda: len(workers(process)) >= 2)
        talk = asyncio.wait_for(across_a_reload(process), PATIENCE_S)
        assert asyncio.run(talk) == [[b"c"], [b"c"]]
        assert asks(files) == [b"c"]
