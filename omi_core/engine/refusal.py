"""How an operation says no: one sentence, and no traceback, in every stage of a run."""

from collections.abc import Callable, Generator
from functools import wraps
from typing import ParamSpec

from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.context import state as current_state

from omi_core.engine import console
from omi_core.errors import OmiError

P = ParamSpec("P")


def refusing(
    function: Callable[P, Generator[PyinfraCommand]],
) -> Callable[P, Generator[PyinfraCommand]]:
    """Let the generator of an operation raise OmiError; goes between it and `@operation()`.

    While preparing, pyinfra prints its own errors as one line and stops. While executing, the same
    error would be printed with the traceback of a greenlet, so a failing command says it instead.
    """

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Generator[PyinfraCommand]:
        try:
            yield from function(*args, **kwargs)
        except OmiError as error:
            if not current_state.is_executing:
                raise console.refused(str(error)) from None
            yield failing(str(error))

    return wrapped


def failing(sentence: str) -> FunctionCommand:
    """Return the command that says why the row fails, after those before it are carried out."""
    return FunctionCommand(_say, (sentence,), {})


def _say(state: State, host: Host, sentence: str) -> bool:  # noqa: ARG001 - pyinfra's signature
    console.log_styled(host, sentence, fg="red")
    return False
