"""The nightly run as a process of its own: killed, on a full disk, behind a broken line.

Whatever happens, the last whole result stays, and the next run repairs what is left.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import dns.message
import pytest

from tests.unit.onboarding.tree import Tree

SERVICE = Path(__file__).parents[3] / "templates/control/omi-dns.service"
NAMES = [f"d{number}.example" for number in range(5)]
EARLIER = json.dumps(
    {"domain": "d0.example", "status": "passed", "exit_code": 0, "findings": [], "unseen": []}
)
Night = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / "state"
    path.mkdir()
    (path / "last.jsonl").write_text(f"{EARLIER}\n")
    return path


@pytest.fixture
def night(tree: Tree, inventory: Path, tmp_path: Path, state: Path) -> Night:
    """Start what the unit starts, in the order in which it does, over a list of domains."""
    names = tmp_path / "names.txt"
    names.write_text("".join(f"{name}\n" for name in NAMES))
    lines = SERVICE.read_text("utf-8").splitlines()
    commands = dict(line.split("=", 1) for line in lines if line.startswith("ExecStart"))
    before = commands["ExecStartPre"].removeprefix("/bin/sh -c '").removesuffix("'")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "STATE_DIRECTORY": str(state)}
    given = ["--file", names, "--inventory", inventory, "--root", f"127.0.0.1:{tree.port}", "-4"]
    given += ["--rate", "5000", "--at-once", "1"]

    def start(**how: object) -> subprocess.Popen[str]:
        subprocess.run(["/bin/sh", "-c", before], check=True, env=environment)
        words = commands["ExecStart"].replace("${STATE_DIRECTORY}", str(state)).split()[1:]
        return subprocess.Popen(
            [sys.executable, "-m", "omi_core.cli", *words, *map(str, given)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            **how,  # type: ignore[call-overload]
        )

    return start


def kept(path: Path) -> list[str]:
    found = path.read_text("utf-8").splitlines() if path.exists() else []
    return [json.loads(line)["domain"] for line in found]


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=50)
    return process.returncode, out, err


@pytest.mark.slow
@pytest.mark.parametrize("step", range(len(NAMES)))
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_killed_at_any_domain_leaves_the_last_result_and_the_next_is_whole(
    tree: Tree, night: Night, state: Path, step: int, how: signal.Signals
) -> None:
    def silent(query: dns.message.Message, _transport: str) -> bytes | None:
        name = query.question[0].name.to_text().lower()
        return b"" if f"d{step}.example" in name else None

    tree.root.odd = silent  # the run waits there
    process = night()
    while len(kept(state / "now.jsonl")) < step:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(how)
    ended(process)
    assert (state / "last.jsonl").read_text() == f"{EARLIER}\n"
    tree.root.odd = None
    code, out, err = ended(night())
    assert (code, err) == (1, "")
    assert sorted(kept(state / "last.jsonl")) == NAMES
    assert not (state / "now.jsonl").exists()
    assert "d0.example: failed; before: fine" in out
    assert "d4.example: failed; new in the list" in out


@pytest.mark.slow
@pytest.mark.parametrize("octets", [1, 700, 2500])
def test_a_full_disk_leaves_the_last_result_and_costs_nobody_his(
    night: Night, state: Path, octets: int
) -> None:
    """A limit on the size of files ends in the same way, without a file system of one's own."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))

    code, out, err = ended(night(preexec_fn=limit))
    assert code == 3
    assert err == (
        f"omi: {state / 'now.jsonl'}: File too large; the run goes on, and its lines are not kept\n"
    )
    assert all(f"{name}: failed" in out for name in NAMES)
    assert (state / "last.jsonl").read_text() == f"{EARLIER}\n"
    code, _, err = ended(night())
    assert (code, err) == (1, "")
    assert sorted(kept(state / "last.jsonl")) == NAMES


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["{", "\0" * 5000, '{"domain": "d0.example"}', "\udcff"])
def test_a_broken_line_of_the_last_result_is_mended_by_the_next_run(
    night: Night, state: Path, broken: str
) -> None:
    (state / "last.jsonl").write_text(f"{broken}\n", errors="surrogateescape")
    code, out, err = ended(night())
    assert (code, err) == (1, "")
    assert "d0.example: failed; new in the list" in out
    assert sorted(kept(state / "last.jsonl")) == NAMES


@pytest.mark.slow
def test_a_last_result_that_is_no_file_is_refused_before_anything_is_asked(
    tree: Tree, night: Night, state: Path
) -> None:
    (state / "last.jsonl").unlink()
    (state / "last.jsonl").mkdir()
    tree.root.asked.clear()
    code, _, err = ended(night())
    assert code == 2
    assert "last.jsonl" in err
    assert tree.root.asked == []
