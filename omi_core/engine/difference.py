"""`--diff`: what would change in each managed file that is not secret."""

import base64
import difflib
import hashlib
from collections.abc import Iterable, Mapping

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.context import host

from omi_core.engine import console
from omi_core.engine.component import Component, ManagedFile
from omi_core.engine.component_state import ComponentState


class FileContents(FactBase[Mapping[str, bytes]]):
    """The contents of the named files; asked only for files that hold no secret."""

    def command(self, paths: tuple[str, ...]) -> StringCommand:
        """One command for all paths; a line each, in base64."""
        quoted = " ".join(str(StringCommand(QuoteString(path))) for path in paths)
        return StringCommand(
            f'for p in {quoted}; do ! test -f "$p" || echo "content $p $(base64 -w 0 "$p")"; done'
        )

    @staticmethod
    def default() -> Mapping[str, bytes]:
        """No file is there."""
        return {}

    def process(self, output: list[str]) -> Mapping[str, bytes]:
        """Decode one line a file; what a login shell says beside them is passed over."""
        contents: dict[str, bytes] = {}
        for line in output:
            match line.split():
                case ["content", path, *text]:
                    contents[path] = base64.b64decode("".join(text))
        return contents


def show_differences(wanted: Component, seen: ComponentState) -> None:
    """Log a unified diff of each public file that differs, and a name for each secret one."""
    changed = [file for file in wanted.files if _differs(file, seen)]
    public = tuple(file.path for file in changed if not file.secret)
    contents = host.get_fact(FileContents, paths=public) if public else {}
    for file in changed:
        for line in unified(file, contents.get(file.path, b"")):
            console.log(host, line)


def unified(file: ManagedFile, before: bytes) -> Iterable[str]:
    """Return the lines of a unified diff; for a secret file only that it changes."""
    if file.secret:
        return (f"{file.path} changes; it holds secrets and is not shown",)
    return difflib.unified_diff(
        _lines(before),
        _lines(file.content),
        fromfile=file.path,
        tofile=f"{file.path} (new)",
        lineterm="",
    )


def _lines(content: bytes) -> list[str]:
    """Return the lines as daemons read them: no other character than LF ends one."""
    return (
        content.decode(errors="backslashreplace").removesuffix("\n").split("\n") if content else []
    )


def _differs(file: ManagedFile, seen: ComponentState) -> bool:
    there = seen.files.get(file.path)
    return there is None or there.digest != hashlib.sha256(file.content).hexdigest()
