"""What something between a client and a server leaves behind in a session: pure.

Firewalls that inspect SMTP overwrite what they do not know: the greeting with asterisks, a keyword
with as many X (Cisco PIX and ASA make `XXXXXXXA` of STARTTLS).
"""

from omi_core.smtp.fault import Fault
from omi_core.smtp.reply import Reply, keywords

_STARTTLS = len("STARTTLS")
_GREETING = "220"


def is_masked(banner: Reply) -> bool:
    """Whether a greeting is mostly asterisks."""
    words = "".join(banner.lines).replace(" ", "")
    return "**" in words and words.count("*") * 2 >= len(words)


def masked_starttls(ehlo: Reply | None) -> str:
    """Return the word that stands in the place of STARTTLS; empty where it is not masked."""
    offered = keywords(ehlo)
    if "STARTTLS" in offered:
        return ""
    alike = (word for word in offered if len(word) == _STARTTLS and set(word[:-1]) == {"X"})
    return next((word for word in alike if word[-1] in "XAB"), "")


def greeter(banner: Reply | None) -> str:
    """Return the name that a greeting begins with, folded; empty where there is none."""
    if banner is None or not banner.is_positive or is_masked(banner):
        return ""
    first = banner.lines[0].split()[:1] if banner.lines else []
    return first[0].casefold() if first and "." in first[0] else ""


def greets(fault: Fault) -> bool:
    """Whether a server greeted in the clear where a handshake had to be."""
    return fault.last_words.startswith(_GREETING)
