"""Measuring by turns, and the lines that are printed."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What a figure must not pass, or must reach."""

    limit: float
    at_least: bool = False
    unit: str = ""

    def is_met_by(self, figure: float) -> bool:
        """Whether the figure is on the right side of the bar."""
        return figure >= self.limit if self.at_least else figure <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}{self.unit}"


def show(what: str, figure: str, value: float, bar: Bar) -> bool:
    """Print one line: what was measured, the figure, the bar, and whether it is met."""
    is_met = bar.is_met_by(value)
    print(f"{what:52} {figure:>9}   bar {bar!s:8} {'met' if is_met else 'NOT MET'}", flush=True)
    return is_met


def note(text: str) -> None:
    """Print a line that explains the figures before it."""
    print(f"    {text}", flush=True)


def say(text: str) -> None:
    """Tell whoever waits what is being measured."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def by_turns(rounds: int, **jobs: Callable[[], float]) -> Mapping[str, float]:
    """Run the jobs in turn, `rounds` times, and return the median of what each returned."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            taken[name].append(job())
            say(f"{name}: {taken[name][-1]:.2f} s")
    return {name: median(seconds) for name, seconds in taken.items()}


def seconds(argv: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """Run a command that must succeed, and return how long it took."""
    begin = time.perf_counter()
    output(argv, env)
    return time.perf_counter() - begin


def output(argv: Sequence[str], env: Mapping[str, str] | None = None) -> str:
    """Run a command that must succeed, and return what it printed on both channels."""
    ended = subprocess.run(
        argv,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode:
        last = "\n".join(ended.stdout.splitlines()[-30:])
        raise SystemExit(f"bench: `{' '.join(argv)}` failed with {ended.returncode}:\n{last}")
    return ended.stdout
