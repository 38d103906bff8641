"""How much the tests notice: small faults are put into what guards money and trust, one by one.

`python -m benchmarks.mutants [--whole] [AREA...]` tries mutants of the areas of `guarded.toml` and
fails if too many live, or if one does that `survivors.toml` does not name. Of each area it takes
the first mutant of every function and a sample of the others, the same for the same code; with
`--whole` all. An interrupted run goes on where it stopped, as long as neither code nor tests are
other ones.
"""

import sys
import tomllib
from argparse import ArgumentParser
from pathlib import Path

from benchmarks.mutants.area import KILLED, TIMEOUT, Area, module_name
from benchmarks.mutants.changes import change
from benchmarks.mutants.judged import Survivor, Tried, faults, needless, table

HERE = Path(__file__).parent
PROCESSES = 2
SAMPLE = 100  # mutants of an area


def areas() -> dict[str, Area]:
    """Return what is guarded, by name."""
    declared = tomllib.loads((HERE / "guarded.toml").read_text(encoding="utf-8"))
    return {
        name: Area(name=name, modules=tuple(of["modules"]), tests=tuple(of["tests"]))
        for name, of in declared.items()
    }


def survivors() -> tuple[Survivor, ...]:
    """Return the mutants that may live."""
    declared = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))
    return tuple(
        Survivor(area=of["area"], change=one, why=of["why"], equivalent=of["equivalent"])
        for of in declared["survivors"]
        for one in of["changes"]
    )


def tried(area: Area, most: int | None) -> Tried:
    """Try the mutants of an area; one that hangs counts as killed, since somebody would notice."""
    print(f"{area.name} ...", file=sys.stderr, flush=True)
    codes = area.run(PROCESSES, most)
    alive = [name for name, code in codes.items() if code not in KILLED | TIMEOUT]
    modules = {module_name(module): module for module in area.modules}
    changes = (change(name, area.mutated(modules[name.rpartition(".")[0]])) for name in alive)
    return Tried(area=area.name, killed=len(codes) - len(alive), living=tuple(sorted(changes)))


def main() -> None:
    """Try what was asked for, or all, and say what lives."""
    known = areas()
    words = ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    words.add_argument("areas", nargs="*", metavar="AREA", choices=[[], *known], default=[])
    words.add_argument("--whole", action="store_true", help="every mutant, and not a sample")
    asked = words.parse_args()
    most = None if asked.whole else SAMPLE
    every = tuple(tried(known[name], most) for name in asked.areas or known)
    named = survivors()
    print("\n".join(table(every, named)))
    if asked.whole:
        for one in needless(every, named):
            print(f"named, and does not live: {one}")
    if found := list(faults(every, named)):
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
