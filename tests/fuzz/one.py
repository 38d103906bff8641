"""One target under atheris: `python -m tests.fuzz.one TARGET [libFuzzer's arguments]`.

What takes longest is to read the package with what leads the fuzzer in it, so that is done once for
several, `,TARGET,TARGET`: each is a child that begins behind it, and says what it has to in a file.
"""

import os
import sys
import warnings
from pathlib import Path
from typing import NoReturn

import atheris

# Coverage of libraries would lead the fuzzer there.
_LED_BY = ["omi_core", "tests.fuzz.planted"]

with atheris.instrument_imports(include=_LED_BY, enable_loader_override=False):
    from tests.fuzz.planted import PLANTED
    from tests.fuzz.target import EACH
    from tests.fuzz.targets import TARGETS

COUNTED_EVERY = 16  # one input of so many is counted, which costs more than reading it


def main() -> None:
    """Fuzz one target, or each of several in a child of its own."""
    first, *others = sys.argv[1].split(",")
    if first:
        fuzz(first, sys.argv[2:])
    for name in others:
        if not (child := os.fork()):
            own = [each.replace(EACH, name) for each in sys.argv[2:]]
            said = os.open(f"{own[0]}.said", os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(said, 1)
            os.dup2(said, 2)
            fuzz(name, own)
        _, status = os.waitpid(child, 0)
        print(name, os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def fuzz(name: str, libfuzzers: list[str]) -> NoReturn:
    """Fuzz until the runs are over, or a promise is broken."""
    target = next(each for each in (*TARGETS, PLANTED) if each.name == name)
    warnings.simplefilter("error")  # they would reach the terminal of whoever looks at a stranger
    target.warm()
    inputs = 0

    def check(octets: bytes) -> None:
        nonlocal inputs
        inputs += 1
        target.check(octets, counted=inputs % COUNTED_EVERY == 0)

    arguments = [sys.argv[0], *libfuzzers, f"-max_len={target.longest}", "-len_control=0"]
    if target.words and Path(libfuzzers[0]).is_dir():  # a single input is only read
        arguments.append(f"-dict={_dictionary(libfuzzers[0], target.words)}")
    atheris.Setup(arguments, check, custom_mutator=target.mutate)
    atheris.Fuzz()
    raise AssertionError("libFuzzer ends the process")


def _dictionary(beside: str, words: tuple[bytes, ...]) -> str:
    """Write libFuzzer's form of a dictionary beside the corpus that is thrown away."""
    path = Path(f"{beside}.dict")
    lines = ['"' + "".join(f"\\x{octet:02x}" for octet in word) + '"\n' for word in words]
    path.write_text("".join(lines), encoding="ascii")
    return str(path)


if __name__ == "__main__":
    main()
