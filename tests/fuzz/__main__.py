"""Fuzzes the parsers: `python -m tests.fuzz [TARGET...] --runs 200000`.

Each target runs in a process of its own, since libFuzzer ends the one that it is in. With the same
`--seed` a run is the same again. What breaks a promise is written to build/fuzz/, as small as
libFuzzer makes it, and belongs into the corpus and a test.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.target import CORPUS, EACH

REPOSITORY = Path(__file__).parents[2]
FOUND = REPOSITORY / "build" / "fuzz"
_SECONDS_AN_INPUT = 10  # the guard for what is not counted: time inside of C
_SECONDS_A_RUN = 7200
_MEGABYTES = 2048
_DONE = re.compile(r"#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)/\S+.*?exec/s: (\d+)")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the run of one target came to; `said` is libFuzzer's own report."""

    name: str
    inputs: int
    edges: int
    corpus: int
    a_second: int
    is_sound: bool
    said: str

    def __str__(self) -> str:
        kept = "sound" if self.is_sound else "A PROMISE IS BROKEN, see build/fuzz/"
        return (
            f"{self.name:16} {self.inputs:9,} inputs {self.a_second:6,}/s {self.edges:6,} edges"
            f" {self.corpus:5,} kept  {kept}"
        )


def run(name: str, *, runs: int, seed: int = 1, found: Path = FOUND) -> Outcome:
    """Run one target; an input that breaks a promise goes to `found`."""
    [outcome] = run_each([name], runs=runs, seed=seed, found=found)
    return outcome


def run_each(
    names: Sequence[str], *, runs: int, seed: int = 1, found: Path = FOUND
) -> list[Outcome]:
    """Run targets, each in a process of its own, behind one that has read the package for all."""
    found.mkdir(parents=True, exist_ok=True)
    corpus = [f"{CORPUS}/{EACH}"] if all((CORPUS / name).is_dir() for name in names) else []
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_fast_directory()) as own:
        for name in names:
            (Path(own) / name).mkdir()
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.one", ",".join(["", *names])),
                *(f"{own}/{EACH}", *corpus),
                *(f"-runs={runs}", f"-seed={seed}", f"-timeout={_SECONDS_AN_INPUT}"),
                *(f"-rss_limit_mb={_MEGABYTES}", f"-artifact_prefix={found}/{EACH}-"),
                "-print_final_stats=0",
            ],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONHASHSEED": "0", "TMPDIR": own},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS_A_RUN,
            check=False,
        )
        codes = dict(line.split() for line in ended.stdout.splitlines())
        said = {name: Path(f"{own}/{name}.said") for name in names}
        return [
            _outcome(name, codes.get(name), _text(said[name]) or ended.stderr) for name in names
        ]


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace") if file.exists() else ""


def _outcome(name: str, code: str | None, said: str) -> Outcome:
    done = _DONE.search(said)
    inputs, edges, _, held, a_second = map(int, done.groups() if done else "00000")
    return Outcome(
        name=name,
        inputs=inputs,
        edges=edges,
        corpus=held,
        a_second=a_second,
        is_sound=code == "0" and done is not None,
        said=said,
    )


def _fast_directory() -> str:
    """Where files of an input lie: in memory, where there is such a place."""
    memory = Path("/dev/shm")
    return str(memory) if os.access(memory, os.W_OK) else tempfile.gettempdir()


def main(arguments: list[str]) -> int:
    """Run the targets one after the other, and say what came of each."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    names = sorted(path.name for path in CORPUS.iterdir())
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(names))
    parser.add_argument("--runs", type=int, default=200_000, help="inputs for each target")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    if unknown := set(asked.targets) - {*names}:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    is_sound = True
    for name in asked.targets or names:
        outcome = run(name, runs=asked.runs, seed=asked.seed)
        print(outcome, flush=True)  # noqa: T201
        if not outcome.is_sound:
            print(outcome.said[:4000])  # noqa: T201
            is_sound = False
    return int(not is_sound)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
