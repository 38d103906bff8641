"""The house rules that a machine can keep: sizes, names, borders, and no trace of a machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "omi_core"
MODULES = sorted(PACKAGE.rglob("*.py"))
ENTRY_POINTS = sorted((REPOSITORY / "deploys").glob("*.py"))

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
LONGEST_ENTRY_POINT = 40
MEDIAN_FUNCTION = 8
MOST_FUNCTIONS = 30
SHAPELESS = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}

# Where a developer's or a build machine's own files lie.
PRIVATE_PATH = re.compile(r"(?<![\w.$/-])/(home|Users|work|workspace|repo|tmp/v)/\w")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tracked() -> list[Path]:
    """Every file of the repository, or of the package where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return MODULES
    return [REPOSITORY / name for name in listed.split("\0") if name]


SOURCES = [path for path in tracked() if path.suffix == ".py"]


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Lines of the body, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def imported(path: Path) -> set[str]:
    """Top-level packages that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST_MODULE


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_function_can_be_read_without_scrolling(path: Path) -> None:
    long = [each.name for each in functions(path) if length(each) > LONGEST_FUNCTION]
    assert long == []


def test_most_functions_are_short() -> None:
    lengths = [length(each) for path in MODULES for each in functions(path)]
    assert median(lengths) < MEDIAN_FUNCTION
    assert quantiles(lengths, n=10)[-1] < MOST_FUNCTIONS


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_named_by_its_subject(path: Path) -> None:
    assert not SHAPELESS & set(path.relative_to(PACKAGE).with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_infra_imports_pyinfra(path: Path) -> None:
    if path.is_relative_to(PACKAGE / "infra"):
        return
    assert not {"pyinfra", "pyinfra_cli", "gevent"} & imported(path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # A verb of the command line may ask it for an inventory, but `--help` must not wait for it.
    nodes = tree.body if path.is_relative_to(PACKAGE / "cli") else ast.walk(tree)
    sources = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    assert not [source for source in sources if source.startswith("omi_core.infra")]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_prints_exits_or_asserts_but_the_command_line(path: Path) -> None:
    if path.is_relative_to(PACKAGE / "cli"):
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not {"print", "exit", "sys.exit"} & calls
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]


@pytest.mark.parametrize("path", ENTRY_POINTS, ids=name_of)
def test_a_deploy_is_short_and_only_calls(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST_ENTRY_POINT
    logic = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.With, ast.Lambda)
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, logic)]


def is_operation(module: ast.Module, call: ast.Call) -> bool:
    """Whether what a deploy calls is one of pyinfra's operations."""
    known: dict[str, object] = {}
    for node in module.body:
        if isinstance(node, ast.ImportFrom):
            exec(compile(ast.Module([node], []), "imports", "exec"), known)
    return hasattr(eval(ast.unparse(call.func), known), "_inner")


@pytest.mark.parametrize("path", ENTRY_POINTS, ids=name_of)
def test_every_operation_in_a_deploy_is_named(path: Path) -> None:
    """An unnamed one prints its arguments, and what a run does must read as sentences."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node.value for node in ast.walk(module) if isinstance(node, ast.Expr)]
    operations = [
        call for call in calls if isinstance(call, ast.Call) and is_operation(module, call)
    ]
    for call in operations:
        assert [each for each in call.keywords if each.arg == "name"], ast.unparse(call)
    assert operations or path.name == "verify.py"


def test_no_line_names_a_path_of_somebodys_machine() -> None:
    found = []
    for path in tracked():
        if path == Path(__file__) or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        lines = enumerate(text.splitlines(), 1)
        found += [f"{name_of(path)}:{n}: {line}" for n, line in lines if PRIVATE_PATH.search(line)]
    assert found == []
