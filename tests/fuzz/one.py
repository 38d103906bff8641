"""One target under atheris: `python -m tests.fuzz.one TARGET [libFuzzer's arguments]`."""

import sys
import warnings
from pathlib import Path

import atheris

# Coverage of libraries would lead the fuzzer there.
_LED_BY = ["omi_core", "tests.fuzz.planted"]

with atheris.instrument_imports(include=_LED_BY, enable_loader_override=False):
    from tests.fuzz.planted import PLANTED
    from tests.fuzz.targets import TARGETS

COUNTED_EVERY = 16  # one input of so many is counted, which costs more than reading it


def main() -> None:
    """Fuzz until the runs are over, or a promise is broken; never returns."""
    target = next(each for each in (*TARGETS, PLANTED) if each.name == sys.argv[1])
    warnings.simplefilter("error")  # they would reach the terminal of whoever looks at a stranger
    target.warm()
    inputs = 0

    def check(octets: bytes) -> None:
        nonlocal inputs
        inputs += 1
        target.check(octets, counted=inputs % COUNTED_EVERY == 0)

    arguments = [sys.argv[0], *sys.argv[2:], f"-max_len={target.longest}", "-len_control=0"]
    if target.words and Path(sys.argv[2]).is_dir():  # a single input is only read
        arguments.append(f"-dict={_dictionary(target.words)}")
    atheris.Setup(arguments, check, custom_mutator=target.mutate)
    atheris.Fuzz()


def _dictionary(words: tuple[bytes, ...]) -> str:
    """Write libFuzzer's form of a dictionary beside the corpus that is thrown away."""
    path = Path(f"{sys.argv[2]}.dict")
    lines = ['"' + "".join(f"\\x{octet:02x}" for octet in word) + '"\n' for word in words]
    path.write_text("".join(lines), encoding="ascii")
    return str(path)


if __name__ == "__main__":
    main()
