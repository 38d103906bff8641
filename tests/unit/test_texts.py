"""Every text that is filled in is given what its braces ask for, wherever that is done."""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from types import ModuleType

from omi_core.findings.finding import FindingKind
from omi_core.language import ZH_TW
from omi_core.text import Text
from tests.unit.test_structure import MODULES, REPOSITORY, functions

PACKAGES = {"certificates", "onboarding", "probe"}
# What `Judging.at` fills for every finding about a name.
FILLED = {"name", "kind", "value", "short", "expected", "observed", "old"}
# A function that is handed the kind says here which.
KINDS_OF_A_PARAMETER = {
    "_of_key": {
        "kind": [
            ast.parse(f"catalogue.{name}", mode="eval").body
            for name in ("KEY_UNUSABLE", "KEY_REVOKED", "KEY_NOT_SIGNING", "KEY_WEAK")
        ]
    }
}


def asked(text: Text) -> set[str]:
    """The names in the braces of both languages."""
    parsed = (part for words in (text.en, text.in_(ZH_TW)) for part in Formatter().parse(words))
    return {name for _, name, _, _ in parsed if name}


def asked_by(one: object) -> set[str]:
    if isinstance(one, FindingKind):
        return asked(one.text) | asked(one.expected) | asked(one.observed) | asked(one.remedy)
    return asked(one) if isinstance(one, Text) else set()


@dataclass(frozen=True)
class Call:
    """A call, the module that it stands in, and what the function around it assigns."""

    where: str
    module: ModuleType
    node: ast.Call
    assigned: dict[str, list[ast.expr]]

    def meant(self, node: ast.expr) -> list[object]:
        """Return what an expression may stand for, as far as the source tells."""
        if isinstance(node, ast.IfExp):
            return self.meant(node.body) + self.meant(node.orelse)
        if isinstance(node, ast.Subscript):
            held = self.meant(node.value)
            return [one for each in held if isinstance(each, dict) for one in each.values()]
        if isinstance(node, ast.Attribute):
            owners = self.meant(node.value)
            return [getattr(one, node.attr) for one in owners if hasattr(one, node.attr)]
        if not isinstance(node, ast.Name):
            return []
        if node.id in self.assigned:
            return [one for each in self.assigned[node.id] for one in self.meant(each)]
        found = getattr(self.module, node.id, None)
        return [] if found is None else [found]

    @property
    def given(self) -> set[str] | None:
        """The keywords; None where they are not written out."""
        names = {each.arg for each in self.node.keywords}
        return None if None in names else {name for name in names if name}


def calls() -> Iterator[Call]:
    for path in MODULES:
        if PACKAGES.isdisjoint(path.parts):
            continue
        name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
        module = importlib.import_module(name)
        for function in functions(path):
            assigned: dict[str, list[ast.expr]] = dict(KINDS_OF_A_PARAMETER.get(function.name, {}))
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    assigned.setdefault(node.targets[0].id, []).append(node.value)
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    yield Call(f"{name}:{node.lineno}", module, node, assigned)


def filled() -> Iterator[tuple[str, set[str], set[str]]]:
    """Where, what is asked for, and what is given."""
    for call in calls():
        function, keywords = call.node.func, call.given
        if not isinstance(function, ast.Attribute) or keywords is None:
            continue
        if function.attr in {"of", "format"}:
            for one in call.meant(function.value):
                yield call.where, asked_by(one), keywords
        if function.attr == "at" and call.node.args:
            for one in call.meant(call.node.args[0]):
                yield call.where, asked_by(one), keywords | FILLED


def test_what_the_braces_ask_for_is_given() -> None:
    lacking = {where: asks - gives for where, asks, gives in filled() if asks - gives}
    assert lacking == {}


def test_the_calls_are_found() -> None:
    """Renaming `of`, `format` or `at` must not empty the test above."""
    assert sum(1 for _, asks, _ in filled() if asks) > 80
