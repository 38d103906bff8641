"""New data for a component that is live, and nothing else of it: no setting, no script, no program.

What stands beside them is left as it is on the host, even where it is not as it should be; that is
for the deploy that makes the whole component true. The activation is the same (`component.sh`).
"""

from collections.abc import Generator
from secrets import token_hex

from pyinfra.api.command import StringCommand
from pyinfra.context import host

from omi_core.engine import console, prefetch
from omi_core.engine.archive import Member, pack
from omi_core.engine.component import ACTIVATE, Component
from omi_core.engine.component_state import (
    ROOT,
    ComponentState,
    ObservedComponent,
    data_reasons,
    reasons,
)
from omi_core.engine.converge import announce, steps
from omi_core.errors import InputError

# The whole definition that is live, with its files, around the new data.
_AROUND = """for name in fingerprint manifest build check reload health; do
    test -f live/$name || {
        echo "this component was not finished, or by an earlier version; deploy the relay first" >&2
        exit 1
    }
    cp live/$name $STAGE/
done
cd $STAGE
touch pushed
while read -r kind mode owner group path; do
    case $kind in built*) continue ;; esac
    test -e "tree$path" || { mkdir -p "tree${path%/*}" && cp "$path" "tree$path"; }
done < manifest"""


def push(wanted: Component, deploy: str) -> Generator[StringCommand]:
    """Yield what brings the data of `wanted` to the host; inside an operation.

    `deploy` is what makes the whole true, and is named where more than data differ. Raises
    InputError where the component is not live, and only that deploy can help.
    """
    seen = prefetch.look(host, ObservedComponent, component_name=wanted.name)
    why = data_reasons(wanted, seen)
    others = _others(wanted, seen, why)
    if not seen.fingerprint and (others or not seen.files):
        raise InputError(
            "{name} is not as {deploy} leaves it, so nothing can be pushed; run that first",
            name=wanted.name,
            deploy=deploy,
        )
    for sentence in others:
        console.log(host, f"{wanted.name}: left to {deploy}: {sentence}")
    if not seen.fingerprint:  # a push was interrupted, and all else is as it should be
        announce(wanted, seen, reasons(wanted, seen))
        yield from steps(wanted)
    elif why:
        announce(wanted, seen, why)
        yield from push_steps(wanted)


def _others(wanted: Component, seen: ComponentState, why: tuple[str, ...]) -> list[str]:
    found = [sentence for sentence in reasons(wanted, seen) if sentence not in why]
    return found if seen.fingerprint else [one for one in found if one.startswith("/")]


def push_steps(wanted: Component) -> tuple[StringCommand, StringCommand, StringCommand]:
    """Return the commands that stage, check and activate the data of `wanted`, all else as it is.

    A deploy that came between them is not undone: then nothing is activated.
    """
    here = f"{ROOT}/{wanted.name}"
    stage = f"stage.{token_hex(8)}"
    data = (
        Member(name=f"tree{file.path}", content=file.content) for file in wanted.files if file.data
    )
    return (
        StringCommand(
            f"set -eu; umask 077; cd {here}; STAGE={stage};"
            " find . -maxdepth 1 -name 'stage.*' -mmin +60 -exec rm -rf {} +; mkdir $STAGE;"
            f" base64 -d | tar -x -C $STAGE\n{_AROUND}",
            _stdin=pack((Member(name="activate", content=ACTIVATE), *data)),
        ),
        StringCommand(
            f"umask 077 && cd {here}/{stage} && STAGE={here}/{stage}/tree && export STAGE"
            " && sh ./build && sh ./check"
        ),
        StringCommand(f"cd {here} && sh {stage}/activate"),
    )
