"""Certificates that stay DER when they are changed: lengths are written anew around what changed.

A changed octet in a length, or one octet more in a name, is where a reader of ASN.1 stops; what
lies in the extensions would never be seen otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

_CONSTRUCTED = 0x20
_DEEPEST = 12
_KINDS = (0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x16, 0x17, 0x18, 0x1E, 0x30, 0x31)
_TAGS = (*_KINDS, 0x81, 0x82, 0x86, 0x87, 0xA0, 0xA3, 0xA4, 0xA5)

Octets = Callable[[bytes], bytes]


@dataclass
class Node:
    """A tag with its content, or with what it consists of.

    An OCTET STRING that holds DER, as of an extension, consists of that.
    """

    tag: int
    content: bytes = b""
    inner: "list[Node]" = field(default_factory=list)

    def to_octets(self) -> bytes:
        content = b"".join(each.to_octets() for each in self.inner) if self.inner else self.content
        return bytes([self.tag]) + _length(len(content)) + content

    def all(self) -> "list[Node]":
        return [self, *(node for each in self.inner for node in each.all())]


def parsed(octets: bytes, depth: int = 0) -> list[Node] | None:
    """Return what stands there one behind the other; None where that is not DER."""
    nodes: list[Node] = []
    while octets:
        head = _head(octets)
        if head is None:
            return None
        start, end = head
        nodes.append(_node(octets[0], octets[start:end], depth))
        octets = octets[end:]
    return nodes


def changed(octets: bytes, random: Random, change: Octets) -> bytes:
    """Return the octets with one node of them changed; `change` makes other octets of some."""
    nodes = parsed(octets)
    if not nodes:
        return change(octets)
    every = [node for each in nodes for node in each.all()]
    node = random.choice(every)
    way = random.randrange(6)
    if node.inner and way == 0:
        node.inner += parsed(random.choice(every).to_octets()) or []  # a node twice
    elif node.inner and way == 1:
        node.inner.pop(random.randrange(len(node.inner)))
    elif way == 2:
        node.tag = random.choice(_TAGS)
    elif node.inner and way == 3:
        random.shuffle(node.inner)
    else:
        leaf = random.choice([each for each in every if not each.inner] or [node])
        leaf.content = change(leaf.content or b"\0")
    return b"".join(each.to_octets() for each in nodes)


def _node(tag: int, content: bytes, depth: int) -> Node:
    holds_more = tag & _CONSTRUCTED or (tag == 0x04 and content[:1] == b"\x30")
    inner = parsed(content, depth + 1) if holds_more and depth < _DEEPEST else None
    return Node(tag, b"" if inner else content, inner or [])


def _head(octets: bytes) -> tuple[int, int] | None:
    """Return where the content of the first node begins and ends (X.690 8.1.3)."""
    if len(octets) < 2:
        return None
    size, start = octets[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(octets[2:start])
    return (start, start + size) if start + size <= len(octets) and start < 8 else None


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([0x80 | len(octets)]) + octets
