"""Whether the tests noticed enough: pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LEAST = 0.93  # killed, of all mutants of all areas
LEAST_AREA = 0.88


@dataclass(frozen=True, kw_only=True)
class Tried:
    """The mutants of one area: how many were killed, and what those changed that live."""

    area: str
    killed: int
    living: tuple[str, ...]

    @property
    def mutants(self) -> int:
        """How many were tried."""
        return self.killed + len(self.living)


@dataclass(frozen=True, kw_only=True)
class Survivor:
    """A mutant that may live, and why; `equivalent` is one that no test could tell apart."""

    area: str
    change: str
    why: str
    equivalent: bool


def unnamed(tried: Tried, survivors: tuple[Survivor, ...]) -> list[str]:
    """Return what lives and is not named, each as often as it is not."""
    named = Counter(one.change for one in survivors if one.area == tried.area)
    return sorted((Counter(tried.living) - named).elements())


def faults(all_tried: tuple[Tried, ...], survivors: tuple[Survivor, ...]) -> Iterator[str]:
    """Yield why the run fails: too few killed, or one that lives and has no reason to."""
    for tried in all_tried:
        for change in unnamed(tried, survivors):
            yield f"{tried.area}: lives, and is not named: {change}"
        if _share(tried.killed, tried.mutants) < LEAST_AREA:
            yield f"{tried.area}: fewer than {LEAST_AREA:.0%} are killed"
    killed, mutants = sum(t.killed for t in all_tried), sum(t.mutants for t in all_tried)
    if _share(killed, mutants) < LEAST:
        yield f"fewer than {LEAST:.0%} of all are killed: {killed} of {mutants}"


def needless(all_tried: tuple[Tried, ...], survivors: tuple[Survivor, ...]) -> list[str]:
    """Return the survivors that are named and do not live, of the areas that were tried."""
    living = Counter((tried.area, change) for tried in all_tried for change in tried.living)
    areas = {tried.area for tried in all_tried}
    named = Counter((one.area, one.change) for one in survivors if one.area in areas)
    return [f"{area}: {change}" for area, change in (named - living).elements()]


def table(all_tried: tuple[Tried, ...], survivors: tuple[Survivor, ...]) -> Iterator[str]:
    """Yield a line an area, and one for all."""
    yield f"{'area':14}{'mutants':>8}{'killed':>8}{'share':>8}{'equivalent':>12}{'other':>7}"
    total: Counter[str] = Counter()
    for tried in all_tried:
        alive = Counter(tried.living)
        same = Counter(o.change for o in survivors if o.area == tried.area and o.equivalent)
        equivalent = (alive & same).total()
        counts = Counter(mutants=tried.mutants, killed=tried.killed, equivalent=equivalent)
        yield _line(tried.area, counts)
        total += counts
    yield _line("all", total)


def _line(name: str, counts: Mapping[str, int]) -> str:
    mutants, killed, equivalent = counts["mutants"], counts["killed"], counts["equivalent"]
    share = f"{_share(killed, mutants):.1%}"
    return (
        f"{name:14}{mutants:8}{killed:8}{share:>8}{equivalent:12}{mutants - killed - equivalent:7}"
    )


def _share(killed: int, mutants: int) -> float:
    return killed / mutants if mutants else 0.0
