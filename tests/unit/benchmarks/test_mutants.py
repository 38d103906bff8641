"""A run of mutants fails when the tests notice too little, or when nobody said why they may."""

import tomllib
from pathlib import Path

import pytest

from benchmarks.mutants.__main__ import areas, survivors
from benchmarks.mutants.changes import change
from benchmarks.mutants.judged import Survivor, Tried, faults, needless, table

REPOSITORY = Path(__file__).parents[3]
SURVIVOR = Survivor(area="plan", change="f: - a + b", why="equivalent: same", equivalent=True)


def tried(*living: str, killed: int = 99, area: str = "plan") -> Tried:
    return Tried(area=area, killed=killed, living=living)


def test_a_run_is_fine_when_enough_are_killed_and_the_rest_is_named() -> None:
    assert list(faults((tried("f: - a + b"),), (SURVIVOR,))) == []


def test_one_that_lives_has_to_be_named_in_its_area_and_as_often_as_it_lives() -> None:
    unnamed = "plan: lives, and is not named: f: - a + b"
    assert list(faults((tried("f: - a + b", "f: - a + b"),), (SURVIVOR,))) == [unnamed]
    assert list(faults((tried("f: - a + b"),), ())) == [unnamed]
    elsewhere = tried("f: - a + b", area="spf")
    assert list(faults((elsewhere,), (SURVIVOR,))) == [unnamed.replace("plan", "spf")]


def test_named_or_not_too_many_may_not_live() -> None:
    named = (SURVIVOR,) * 20
    changes = (SURVIVOR.change,) * 7
    assert list(faults((tried(*changes, killed=93),), named)) == []
    assert list(faults((tried(*changes, SURVIVOR.change, killed=92),), named)) == [
        "fewer than 93% of all are killed: 92 of 100"
    ]
    weak, strong = tried(*changes, killed=51), tried(killed=900, area="spf")
    assert list(faults((weak, strong), named)) == ["plan: fewer than 88% are killed"]


def test_what_is_named_and_does_not_live_is_said_of_the_areas_that_were_tried() -> None:
    assert needless((tried(),), (SURVIVOR,)) == ["plan: f: - a + b"]
    assert needless((tried("f: - a + b"),), (SURVIVOR,)) == []
    assert needless((tried(area="spf"),), (SURVIVOR,)) == []


def test_the_table_tells_equivalent_ones_from_others() -> None:
    lines = list(table((tried("f: - a + b", "f: - c + d", killed=98),), (SURVIVOR,)))
    assert lines[1].split() == ["plan", "100", "98", "98.0%", "1", "1"]
    assert lines[2].split() == ["all", "100", "98", "98.0%", "1", "1"]


MUTATED = """
def x_plain__mutmut_orig(a):
    return a + 1
def x_plain__mutmut_1(a):
    return a - 1
class Plan:
    def xǁPlanǁlines__mutmut_orig(self):
        return self.of(
            one,
        )
    async def xǁPlanǁlines__mutmut_12(self):
        return self.of(None)
"""


@pytest.mark.parametrize(
    ("mutant", "said"),
    [
        ("m.x_plain__mutmut_1", "plain: - return a + 1 + return a - 1"),
        (
            "m.xǁPlanǁlines__mutmut_12",
            (
                "Plan.lines: - def lines(self): + async def lines(self):"
                " - return self.of(one) + return self.of(None)"
            ),
        ),
    ],
)
def test_a_change_is_said_without_the_number_of_its_mutant(
    mutant: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "m.py").write_text(MUTATED)
    assert change(mutant, tmp_path / "m.py") == said


def test_what_is_guarded_is_there() -> None:
    for area in areas().values():
        for path in (*area.modules, *area.tests):
            assert (REPOSITORY / path).exists(), path


def test_every_survivor_has_a_reason_and_an_area() -> None:
    for one in survivors():
        assert one.area in areas()
        assert len(one.why) > 20


def test_the_tool_is_pinned_and_no_part_of_the_usual_environment() -> None:
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert not [one for one in extras["dev"] if "mutmut" in one]
    [wanted] = extras["mutants"]
    assert wanted.split(">=")[0] + "==" in (REPOSITORY / "constraints.txt").read_text()
