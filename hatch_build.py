"""Compiles the catalogues of texts while the package is built, for gettext to read."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Catalogues(BuildHookInterface[Any]):
    """Makes an omi.mo beside each omi.po; an editable installation reads them where they are."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile every catalogue, before hatchling collects the files."""
        for source in Path(self.root).glob("omi_core/locale/*/LC_MESSAGES/omi.po"):
            with source.open("rb") as texts, source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(texts))
