"""What is made while the package is built: texts, pages of man(1), completion of shells."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Where each shell looks below the prefix that a wheel is installed into.
COMPLETION = {
    "bash": "share/bash-completion/completions/omi",
    "zsh": "share/zsh/site-functions/_omi",
    "fish": "share/fish/vendor_completions.d/omi.fish",
}


class Made(BuildHookInterface[Any]):
    """Makes an omi.mo beside each omi.po, and in a wheel what `man` and shells read.

    An editable installation reads texts where they are, and has no place for the others.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make all of it, before hatchling collects the files."""
        for source in Path(self.root).glob("omi_core/locale/*/LC_MESSAGES/omi.po"):
            with source.open("rb") as texts, source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(texts))
        if self.target_name == "wheel" and version == "standard":
            self._made = TemporaryDirectory()
            build_data["shared_data"].update(self._shared(Path(self._made.name)))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what the wheel holds now."""
        if made := getattr(self, "_made", None):
            made.cleanup()

    def _shared(self, directory: Path) -> dict[str, str]:
        """Write the files, and return where each belongs below the prefix."""
        sys.path.insert(0, self.root)
        from omi_core.cli.shell.completion import script
        from omi_core.cli.shell.manual import write_pages

        write_pages(directory, self.metadata.version)
        places = {str(page): f"share/man/man1/{page.name}" for page in directory.glob("*.1")}
        for shell, place in COMPLETION.items():
            written = directory / shell
            written.write_text(script(shell))
            places[str(written)] = place
        return places
