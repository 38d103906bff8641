"""What a control header does, as a sentence that a customer can read."""

from datetime import datetime, tzinfo

from omi_core.message.control import ControlHeader, Value
from omi_core.message.launch_time import write_time
from omi_core.options.explain import explain as explain_option
from omi_core.options.reading import quoted
from omi_core.text import Text

_SENTENCES = {
    "job_name": Text("The job is called {value}."),
    "ref_number": Text("The job's reference number is {value}."),
    "next_launch_time": Text("The message will not be sent before {value}."),
    "launch_expire_time": Text("The message will not be sent after {value}."),
    "launch_type": Text("The launch type is {value}; the guide does not say what its values mean."),
    "launch_class": Text(
        "The launch class is {value}; the guide does not say what its values mean."
    ),
}
_LONGEST = 200


def explain(header: ControlHeader, value: Value, zone: tzinfo) -> Text:
    """Return what `header` with `value` does; times are shown in `zone`."""
    if header.family is not None and isinstance(value, int):
        return explain_option(header.family, int(value))
    if isinstance(value, datetime):
        shown = Text.plain(write_time(value, zone))
    elif isinstance(value, str):
        shown = quoted(value, _LONGEST)
    else:
        shown = Text.plain(str(value))
    return _SENTENCES[header.attribute].format(value=shown)
