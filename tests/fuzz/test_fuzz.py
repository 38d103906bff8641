"""Every parser of what strangers send keeps its promises: for the seeds at once, and fuzzed."""

import re
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.__main__ import Outcome, run, run_each
from tests.fuzz.cost import Steps, TooManyStepsError
from tests.fuzz.der_tree import changed, parsed
from tests.fuzz.planted import PLANTED
from tests.fuzz.target import CORPUS, Target
from tests.fuzz.targets import TARGETS

SIZE = 4000  # octets of what is grown; twice as many are tried too
RUNS = 1500
FEW = 500  # where an answer of a CA is signed for, and everything is read that it says
SLOW = {"acme"}
CERTIFICATES = sorted((CORPUS / "certificate").iterdir())


def name_of(target: Target) -> str:
    return target.name


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
def test_a_parser_keeps_its_promises_for_every_seed(target: Target) -> None:
    target.warm()
    for seed in target.seeds:
        target.check(seed)


def test_every_corpus_has_its_target() -> None:
    assert sorted(target.name for target in TARGETS) == sorted(
        folder.name for folder in CORPUS.iterdir()
    )


GROWN = [(target, piece) for target in TARGETS for piece in target.grown]


@pytest.mark.parametrize(
    ("target", "piece"), GROWN, ids=[f"{target.name}-{piece[1]!r}" for target, piece in GROWN]
)
def test_twice_as_much_of_the_same_costs_twice_as_much(
    target: Target, piece: tuple[bytes, bytes, bytes]
) -> None:
    """What costs the square of its length would cost four times as much. Steps are counted."""
    target.warm()
    begin, repeated, end = piece
    once, twice = (
        target.check(begin + repeated * (times * SIZE // len(repeated)) + end) for times in (1, 2)
    )
    assert twice <= 2.5 * once + target.first_steps


def test_steps_are_counted_and_end_what_takes_too_many() -> None:
    def loop(times: int) -> int:
        total = 0
        for number in range(times):
            total += number
        return total

    steps = Steps(1000)
    assert steps.of(lambda: loop(100)) == 4950
    assert 200 <= steps.taken <= 210
    with pytest.raises(TooManyStepsError, match="more than 1000 lines"):
        Steps(1000).of(lambda: loop(1000))


def test_a_pattern_that_is_compiled_first_costs_its_input_nothing() -> None:
    re.purge()
    steps = Steps(100)
    steps.of(lambda: re.search("[a-z\u3000-\u4000]+|x(y|z)*", "abc"))  # else 9,000
    assert steps.taken


def test_what_a_target_does_not_allow_is_noticed() -> None:
    assert PLANTED.check(b"[x") < 10
    with pytest.raises(IndexError):
        PLANTED.check(b"[]")


@pytest.mark.parametrize("file", CERTIFICATES, ids=lambda file: file.name)
def test_a_changed_certificate_is_der_still(file: Path) -> None:
    octets = file.read_bytes()
    others = {changed(octets, Random(seed), lambda piece: piece + b"x") for seed in range(60)}
    if octets[:1] == b"\x30":
        assert len(others) > 20
        assert all(parsed(other) for other in others)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """What came of all targets, for which the package is read once."""
    others = [target.name for target in TARGETS if target.name not in SLOW]
    ran = [*run_each(others, runs=RUNS), *run_each(sorted(SLOW), runs=FEW)]
    return {outcome.name: outcome for outcome in ran}


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("target", TARGETS, ids=name_of)
def test_a_parser_keeps_its_promises_for_thousands_of_inputs(
    target: Target, outcomes: dict[str, Outcome]
) -> None:
    outcome = outcomes[target.name]
    assert outcome.is_sound, outcome.said[:3000]
    assert outcome.inputs >= FEW
    assert outcome.edges > 20


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_fuzzer_finds_a_fault_that_was_planted(tmp_path: Path) -> None:
    """Two octets that stand nowhere in the corpus, found because the code asks for them."""
    outcome = run(PLANTED.name, runs=200_000, found=tmp_path)
    assert not outcome.is_sound
    assert "what nobody has allowed" in outcome.said
    [octets] = [file.read_bytes() for file in tmp_path.iterdir()]
    assert octets.startswith(b"[]")
