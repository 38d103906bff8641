"""The control headers of a message (the guide, 7): read, judge, explain, set and remove.

Standard library only, for Python 3.11 on; the relay uses the same code as the shell.
"""

from omi_core.message.check import Checked, Read, check, check_message, read_field
from omi_core.message.control import (
    CONTROL_HEADERS,
    ControlHeader,
    ControlHeaders,
    Kind,
    Value,
    control_header,
    wire,
)
from omi_core.message.edit import edit
from omi_core.message.explain import explain
from omi_core.message.fields import Field, Header, parse, read_head
from omi_core.message.launch_time import PLATFORM_ZONE, platform_zone

__all__ = [
    "CONTROL_HEADERS",
    "PLATFORM_ZONE",
    "Checked",
    "ControlHeader",
    "ControlHeaders",
    "Field",
    "Header",
    "Kind",
    "Read",
    "Value",
    "check",
    "check_message",
    "control_header",
    "edit",
    "explain",
    "parse",
    "platform_zone",
    "read_field",
    "read_head",
    "wire",
]
