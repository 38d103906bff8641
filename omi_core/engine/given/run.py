"""The `--data` of the run under way, read by those who declared its keys."""

from typing import get_type_hints

from pyinfra.api.arguments import all_argument_meta
from pyinfra.connectors.ssh import ConnectorData
from pyinfra.context import host, inventory

from omi_core.engine.console import refused
from omi_core.engine.given.key import DataKey, flag, refuse_unknown
from omi_core.errors import InputError

_CONNECTION = frozenset(get_type_hints(ConnectorData)) | all_argument_meta.keys()


def is_set(key: DataKey) -> bool:
    """Whether a switch is on; stops the run for what is neither true nor false."""
    try:
        return flag(host.data.get(key.name, "false"))
    except InputError as error:
        raise refused(f"--data {key.name}: {error}") from None


def require_known(keys: tuple[DataKey, ...]) -> None:
    """Stop the run with one sentence where `--data` says what no deploy of these keys knows."""
    try:
        refuse_unknown(inventory.get_override_data(), keys, _CONNECTION.__contains__)
    except InputError as error:
        raise refused(str(error)) from None
