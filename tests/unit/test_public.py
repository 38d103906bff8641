"""What other tools may use: named by `__all__`, documented, cheap to import, and enough."""

import ast
import contextlib
import inspect
import io
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/python.md").read_text("utf-8")
EXAMPLES = re.findall(
    r"^## (\w+)\n```python\n(.*?)^```\n```output\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL
)

LAZY = ("certificates", "findings", "onboarding", "probe")
PUBLIC = ("inventory", "message", "options", "relay.steps", *LAZY)
# What an entry point may import of the package: an inventory this module, a deploy that name.
ENTRANCES = {"inventories": "omi_core.inventory", "deploys": "omi_core.relay"}
# Modules that importing a package must not cost; each takes longer than `omi --help` may.
HEAVY = ("cryptography", "dns", "jinja2", "asyncio", "ssl", "pyinfra")


def package(name: str) -> ModuleType:
    return import_module(f"omi_core.{name}")


@pytest.mark.parametrize("name", PUBLIC)
def test_every_exported_name_is_there_and_documented(name: str) -> None:
    module = package(name)
    assert len(set(module.__all__)) == len(module.__all__)
    for each in module.__all__:
        value = getattr(module, each)
        if inspect.isclass(value) or inspect.isroutine(value):
            assert inspect.getdoc(value), f"{name}.{each} says nothing"


@pytest.mark.parametrize("name", LAZY)
def test_what_is_imported_on_demand_is_what_type_checkers_see(name: str) -> None:
    """The list, the places and the imports for types are three; they say the same."""
    module = package(name)
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    imports = (each for node in tree.body if isinstance(node, ast.If) for each in node.body)
    typed = {
        alias.name: node.module
        for node in imports
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert sorted(typed) == sorted(module.__all__)
    assert typed == module._PLACES


@pytest.mark.parametrize("name", LAZY)
def test_no_exported_name_is_that_of_a_module(name: str) -> None:
    """Importing the module would put it in the place of the function."""
    module = package(name)
    modules = {path.stem for path in Path(str(module.__file__)).parent.iterdir()}
    assert not modules & {*module.__all__}


@pytest.mark.parametrize("name", LAZY)
def test_importing_a_package_loads_nothing_heavy(name: str) -> None:
    code = f"import sys, omi_core.{name}; print(*[one for one in {HEAVY} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", LAZY)
def test_what_is_not_exported_is_not_there(name: str) -> None:
    with pytest.raises(ImportError, match="cannot import name 'no_such_thing'"):
        exec(f"from omi_core.{name} import no_such_thing")


@pytest.mark.parametrize(
    "path",
    [path for folder in ENTRANCES for path in sorted((ROOT / folder).glob("*.py"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_an_entry_point_imports_from_its_entrance_alone(path: Path) -> None:
    entrance = ENTRANCES[path.parent.name]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert not [one.name for one in node.names if one.name.startswith("omi_core")]
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("omi_core"):
            assert node.module == entrance
            public = ["steps"] if entrance == "omi_core.relay" else package("inventory").__all__
            assert {one.name for one in node.names} <= {*public}


def test_the_page_names_every_public_package() -> None:
    for name in PUBLIC:
        assert f"`omi_core.{name}`" in PAGE


def test_the_page_has_an_example_of_each_package() -> None:
    shown = {name.lower() for name, _, _ in EXAMPLES}
    assert shown == {*PUBLIC} - {"relay.steps", "findings"}


@pytest.mark.parametrize(("name", "code", "output"), EXAMPLES, ids=[one[0] for one in EXAMPLES])
def test_an_example_prints_what_the_page_says(
    name: str, code: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, f"{name} of python.md", "exec"), {"__name__": "example"})
    assert printed.getvalue() == output


def test_the_page_uses_nothing_that_is_not_public() -> None:
    allowed = {f"omi_core.{name}" for name in (*PUBLIC, "names", "secret", "errors")}
    for _, code, _ in EXAMPLES:
        named = {
            str(node.module)
            for node in ast.walk(ast.parse(code))
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("omi_core")
        }
        assert named <= allowed
