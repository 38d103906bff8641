"""A secret reaches no output, whatever prints it."""

import copy
import json
import pickle
from dataclasses import dataclass

import pytest

from omi_core.secret import MASK, Secret, shown

MARKER = "xyzzy-marker"


@dataclass(frozen=True, slots=True)
class Holder:
    secret: Secret
    others: tuple[Secret, ...] = ()


@pytest.mark.parametrize(
    "printed",
    [
        str(Secret(MARKER)),
        repr(Secret(MARKER)),
        f"{Secret(MARKER)}",
        f"{Secret(MARKER)!r:>40}",
        f"{Secret(MARKER):>40}",
        "%s %r" % (Secret(MARKER), Secret(MARKER)),  # noqa: UP031 - what logging does
        repr([Secret(MARKER)]),
        repr(Holder(Secret(MARKER), (Secret(MARKER),))),
        json.dumps(Secret(MARKER), default=Secret.to_json),
        json.dumps(shown(Holder(Secret(MARKER), (Secret(MARKER),)))),
    ],
)
def test_every_way_of_printing_a_secret_prints_the_mask(printed: str) -> None:
    assert MASK in printed
    assert MARKER not in printed


def test_unmask_returns_the_secret_itself() -> None:
    assert Secret(MARKER).unmask() == MARKER


@pytest.mark.parametrize("write", [pickle.dumps, copy.deepcopy])
def test_a_secret_cannot_be_written_to_disk_by_way_of_pickle(write: object) -> None:
    with pytest.raises(TypeError, match="cannot be pickled") as caught:
        write(Secret(MARKER))  # type: ignore[operator]
    assert MARKER not in str(caught.value)


def test_a_secret_has_no_attributes_to_print() -> None:
    assert not hasattr(Secret(MARKER), "__dict__")


def test_secrets_compare_by_value_so_that_settings_which_hold_them_do() -> None:
    assert Holder(Secret("a")) == Holder(Secret("a"))
    assert Holder(Secret("a")) != Holder(Secret("b"))
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != "a"


def test_secrets_that_are_equal_are_found_by_each_other() -> None:
    assert {Secret("a"): 1}[Secret("a")] == 1
    assert hash(Secret("a")) != hash(Secret("b"))


def test_a_refusal_to_copy_a_secret_says_why() -> None:
    with pytest.raises(TypeError, match=r"^a Secret cannot be pickled or copied to disk$"):
        pickle.dumps(Secret(MARKER))


@dataclass(frozen=True)
class Named:
    name: str
    at: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"<{self.name}>"


class Plain:
    def __str__(self) -> str:
        return "plain"


def test_settings_are_shown_in_the_types_of_json() -> None:
    for value in (None, True, False, 7, "text", ""):
        assert shown(value) is value
    assert shown((1, ("a", None))) == [1, ["a", None]]
    assert shown(Holder(Secret(MARKER), (Secret(MARKER),))) == {"secret": MASK, "others": [MASK]}
    assert shown((Named("a"), Plain(), 1.5)) == ["<a>", "plain", "1.5"]
    assert shown(object).startswith("<class")  # type: ignore[attr-defined]
