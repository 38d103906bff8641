"""The house rules that a machine can keep: sizes, names, borders, and no trace of a machine."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "omi_core"
MODULES = sorted(PACKAGE.rglob("*.py"))
ENTRY_POINTS = sorted((REPOSITORY / "deploys").glob("*.py"))

LONGEST_MODULE = 300
LONGEST_OTHER = 400  # a test module, a list of texts
MOST_MODULES = 16
LONGEST_FUNCTION = 60
LONGEST_ENTRY_POINT = 40
MEDIAN_FUNCTION = 8
MOST_FUNCTIONS = 30
SHAPELESS = {"base", "utils", "util", "helpers", "helper", "common", "misc", "tools"}

# The rooms of the package from the ground up: each imports from those before it, and none after.
ROOMS = (
    *(
        "printable",
        "language",
        "text",
        "errors",
        "names",
        "secret",
        "exit_codes",
        "places",
        "moved",
        "exports",
        "render",
        "http_client",
        "findings",
        "replies",
    ),
    *(
        "options",
        "message",
        "limits",
        "inventory",
        "queue",
        "milter",
        "guessing",
        "smtp",
        "mailauth",
        "dns",
        "resolve",
        "certificates",
        "backup",
        "probe",
    ),
    *("onboarding", "reputation", "drift", "reports", "engine", "relay", "cli"),
    "__main__",
)
ON_PYINFRA = ("engine", "relay")

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
    """A list of texts may be longer: nobody reads it from end to end."""
    is_texts = path.stem.endswith("texts") or path.stem == "catalogue"
    longest = LONGEST_MODULE if path in MODULES and not is_texts else LONGEST_OTHER
    assert len(path.read_text(encoding="utf-8").splitlines()) <= longest


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


def dotted(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


DOTTED = {dotted(path): path for path in MODULES}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def uses(path: Path, nodes: Iterable[ast.AST] | None = None) -> set[str]:
    """The package's modules that a module imports, lazily and for its types too."""
    found = set()
    for node in nodes or ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in DOTTED else node.module)
    return {module for module in found if module in DOTTED}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down(path: Path) -> None:
    own = room_of(dotted(path))
    if own in ROOMS:
        allowed = {"", *ROOMS[: ROOMS.index(own) + 1]}
        assert {room_of(module) for module in uses(path)} <= allowed


def test_every_room_has_its_place() -> None:
    assert {room_of(module) for module in DOTTED} <= {"", *ROOMS}


def test_no_module_needs_itself_by_way_of_others() -> None:
    order = TopologicalSorter({module: uses(path) for module, path in DOTTED.items()})
    order.prepare()


def test_a_class_name_has_one_meaning() -> None:
    places: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name.lstrip("_"), []).append(name_of(path))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_a_folder_can_be_seen_at_once() -> None:
    folders = Counter(path.parent for path in MODULES if path.stem != "__init__")
    assert {name_of(folder): n for folder, n in folders.items() if n > MOST_MODULES} == {}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_engine_and_the_relay_import_pyinfra(path: Path) -> None:
    own = room_of(dotted(path))
    if own in ON_PYINFRA:
        return
    assert not {"pyinfra", "pyinfra_cli", "gevent"} & imported(path)
    # A verb of the command line may ask the relay's room, but `--help` must not wait for it.
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    assert not {room_of(module) for module in uses(path, nodes)} & {*ON_PYINFRA}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_prints_exits_or_asserts_but_the_command_line(path: Path) -> None:
    if path.is_relative_to(PACKAGE / "cli"):
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not {"print", "exit", "sys.exit"} & calls
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]


# Who asks for a character's kind beside `printable.py`, and judges a text instead of showing it:
# whether a mail program can type a password, a panel damaged a record, a header may hold a text.
JUDGES = {
    "message.mailboxes",
    *("printable", "inventory.customers.password_rules", "mailauth.mangled", "message.text_value"),
}
# Who writes to a stream or hands words to pyinfra: all others go through these. `catalogues` and
# `options.reference` are programs of a developer, which show no foreign text.
SINKS = {
    *("cli.terminal", "cli.reader", "cli.screen", "engine.console"),
    *("cli.catalogues", "options.reference"),
    "queue.handover",  # ids, and the octets of mails, to another relay
    "queue.__main__",  # ids and numbers, to the journal and to `omi queue`
}
SAYS = re.compile(
    r"print|click\.(echo|secho|style)|sys\.(__)?std(out|err)(__)?\.write(lines)?|getLogger|logger\."
    r"|.*(?<!^console)\.(log|log_styled|noop)|(\w+\.)*(OperationError|DeployError)|warnings\.warn"
)
KINDS = re.compile(r".*\bisprintable|(unicodedata\.)?category|ascii|.*\bencode\('unicode_escape'.*")


def calls_of(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}


def short(path: Path) -> str:
    return dotted(path).removeprefix("omi_core.")


def test_foreign_text_is_made_printable_in_one_place() -> None:
    """A home-made version forgets C1, or bidi, or what hides."""
    found = {short(path) for path in MODULES if any(map(KINDS.fullmatch, calls_of(path)))}
    escapes = {short(path) for path in MODULES if '"unicode_escape"' in path.read_text("utf-8")}
    assert found == JUDGES
    assert escapes == {"printable"}


def test_nobody_writes_past_the_sinks_that_make_foreign_text_printable() -> None:
    found = {short(path) for path in MODULES if any(map(SAYS.fullmatch, calls_of(path)))}
    assert found == SINKS


def test_only_a_screen_says_that_a_text_may_be_shown_as_it_is() -> None:
    """`recoloured` takes what rich has laid out of words that were made printable before."""
    takes = {short(path): calls_of(path) & {"Drawn", "recoloured"} for path in MODULES}
    found = {module: calls for module, calls in takes.items() if calls}
    assert found == {"cli.screen": {"Drawn"}, "cli.smtp.table": {"recoloured"}}


def test_logs_are_written_where_a_fault_is_contained_and_nowhere_else() -> None:
    users = {short(path) for path in MODULES if "logging" in imported(path)}
    assert users == {
        *("findings.contained", "engine.console", "cli.__main__"),
        # Those of a relay's daemons go to the journal, by systemd.
        *("milter.accounts", "milter.daemon.server", "milter.__main__"),
        *("milter.limits.counting", "milter.limits.store", "guessing.daemon", "queue.__main__"),
    }


def test_a_report_is_written_by_the_one_writer_of_all_forms() -> None:
    """It makes printable what a form has put together, a form of tomorrow too."""
    forms = {f"omi_core.reports.{path.stem}" for path in (PACKAGE / "reports").glob("[a-z]*.py")}
    taken = {
        f"{name_of(path)}: {node.module}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in forms
        if any(alias.name == "write" for alias in node.names)
    }
    assert taken == set()
    assert forms


@pytest.mark.parametrize("path", ENTRY_POINTS, ids=name_of)
def test_a_deploy_is_short_and_only_calls(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST_ENTRY_POINT
    logic = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.With, ast.Lambda)
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, logic)]


@pytest.mark.parametrize("path", ENTRY_POINTS, ids=name_of)
def test_every_step_of_a_deploy_is_named(path: Path) -> None:
    """What a run does must read as sentences."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    taken = [
        step
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "steps.take"
        for step in call.args
    ]
    assert taken
    for step in taken:
        assert isinstance(step, ast.Call)
        [name] = step.args
        assert isinstance(name, ast.Constant)
        assert " " in name.value


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
