"""What a mutant changes, in words that stay the same when it gets another number."""

import ast
import re
from collections.abc import Iterator
from difflib import ndiff
from functools import lru_cache
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef

# `module.x_function__mutmut_7`, and `module.xǁClassǁmethod__mutmut_7` for a method.
_NAME = re.compile(r"\bx(?:_|ǁ(?P<of>\w+?)ǁ)(?P<function>\w+)__mutmut_(?:orig|\d+)")


def change(mutant: str, mutated: Path) -> str:
    """Return `function: - what it was + what it is now`, statement by statement."""
    name = mutant.rpartition(".")[2]
    original = re.sub(r"_\d+$", "_orig", name)
    functions = _functions(mutated)
    lines = ndiff(functions[original], functions[name])
    said = " ".join(line.strip() for line in lines if line[0] in "+-" and line[2:].strip())
    return f"{_readable(name)}: {re.sub(' +', ' ', said)}"


def _readable(name: str) -> str:
    found = _NAME.search(name)
    if found is None:
        return name
    return f"{found['of']}.{found['function']}" if found["of"] else found["function"]


@lru_cache(maxsize=32)
def _functions(mutated: Path) -> dict[str, list[str]]:
    tree = ast.parse(mutated.read_text(encoding="utf-8"))
    found = (one for one in ast.walk(tree) if isinstance(one, Function))
    return {one.name: list(_lines(one)) for one in found if "__mutmut_" in one.name}


def _lines(node: Function) -> Iterator[str]:
    for line in ast.unparse(node).splitlines():
        yield _NAME.sub(lambda found: found["function"], line)
