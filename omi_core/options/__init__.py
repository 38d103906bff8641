"""The numbers of the send engine's option families, readable, writable and checkable.

Source: the guide (OMICard SMTP guide), appendix A. Standard library only, for Python 3.11 on.

>>> LinkOption.NOT_TRACK_OPEN | LinkOption.NOT_TRACK_ALL_LINK == 192
True
>>> decode("link", 192).names
('NotTrackOpen', 'NotTrackAllLink')
"""

from omi_core.options.codec import Codec, Decoded, codec_of, decode, encode
from omi_core.options.explain import explain
from omi_core.options.families.attach import AttachOption
from omi_core.options.families.deliver import DeliverTypeEmail, DeliverTypeMessage
from omi_core.options.families.former import FormerContent, FormerList
from omi_core.options.families.job import JobOption
from omi_core.options.families.launch import LaunchOption
from omi_core.options.families.link import LinkOption
from omi_core.options.families.link_type import LinkClass, LinkPosition, LinkType
from omi_core.options.families.list import ListOption
from omi_core.options.families.send import SendOption
from omi_core.options.family import Family, Shape
from omi_core.options.reading import Reading, read_number
from omi_core.options.registry import FAMILIES, deliver_type, family

__all__ = [
    "FAMILIES",
    "AttachOption",
    "Codec",
    "Decoded",
    "DeliverTypeEmail",
    "DeliverTypeMessage",
    "Family",
    "FormerContent",
    "FormerList",
    "JobOption",
    "LaunchOption",
    "LinkClass",
    "LinkOption",
    "LinkPosition",
    "LinkType",
    "ListOption",
    "Reading",
    "SendOption",
    "Shape",
    "codec_of",
    "decode",
    "deliver_type",
    "encode",
    "explain",
    "family",
    "read_number",
]
