"""Settings and a template become the bytes of a configuration file.

An undefined name is an error, and so is a control character in a value: to a daemon a line break
is the start of another setting.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from omi_core.errors import InputError
from omi_core.places import TEMPLATES
from omi_core.printable import control_character
from omi_core.secret import MASK, Secret


def render(template: str, **values: object) -> bytes:
    """Render `templates/<template>` with `values`; raises InputError for a control character."""
    return _environment(TEMPLATES).get_template(template).render(values).encode()


@cache
def _environment(directory: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(directory),
        undefined=StrictUndefined,
        finalize=_judged,
        autoescape=False,  # noqa: S701 - daemons' configuration, not HTML
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _judged(value: object) -> object:
    text = str(value)
    # Also where a filter or a list has swallowed it.
    if isinstance(value, Secret) or MASK in text:
        raise TypeError("a Secret renders as its mask; unmask it where the file is marked secret")
    if character := control_character(text):
        # The value is not repeated: it may be a secret.
        code = f"U+{ord(character):04X}"
        raise InputError("a value holds the control character {code}; no setting may", code=code)
    return value
