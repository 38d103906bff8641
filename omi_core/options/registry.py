"""All families of the guide's appendix A, by the key that the command line uses."""

from omi_core.errors import InputError
from omi_core.options.families.attach import ATTACH
from omi_core.options.families.deliver import DELIVER_TYPE_EMAIL, DELIVER_TYPE_MESSAGE
from omi_core.options.families.former import FORMER_CONTENT, FORMER_LIST
from omi_core.options.families.job import JOB
from omi_core.options.families.launch import LAUNCH
from omi_core.options.families.link import LINK
from omi_core.options.families.link_type import LINK_CLASS, LINK_POSITION, LINK_TYPE
from omi_core.options.families.list import LIST
from omi_core.options.families.send import SEND
from omi_core.options.family import Family

_ALL = (
    LAUNCH,
    JOB,
    LINK,
    LIST,
    SEND,
    FORMER_CONTENT,
    FORMER_LIST,
    ATTACH,
    LINK_POSITION,
    LINK_TYPE,
    LINK_CLASS,
    DELIVER_TYPE_EMAIL,
    DELIVER_TYPE_MESSAGE,
)
FAMILIES = {one.key: one for one in _ALL}
_BY_JOB_TYPE = {one.job_type: one for one in _ALL if one.job_type is not None}


def family(key: str) -> Family:
    """Return the family called `key` (`link`), any case; raises InputError for another word."""
    found = FAMILIES.get(key.lower())
    if found is None:
        raise InputError(
            "{key!r} is not an option family; write one of: {families}",
            key=key[:40],
            families=", ".join(FAMILIES),
        )
    return found


def deliver_type(job_type: int) -> Family:
    """Return the DeliverType family for a JobType, 1 or 2; raises InputError for another."""
    found = _BY_JOB_TYPE.get(job_type)
    if found is None:
        raise InputError(
            "JobType {job_type} has no DeliverType; it is 1 (message) or 2 (e-mail)",
            job_type=job_type,
        )
    return found
