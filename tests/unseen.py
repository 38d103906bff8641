"""What nobody sees in a text, or what acts on him who reads it: by Unicode's categories."""

from unicodedata import category

# Control, format, surrogate, private, unassigned; separators of lines and paragraphs.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Title of the window, bell, cleared screen, colour, CSI of C1, DEL; what turns and what hides text.
HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b31m\x7f\u202e\u2066\u200f\u061c\u200b\ufeff\u2028\u00a0"
)


def unseen(text: str, allowed: str = "") -> str:
    """Return the characters of `text` that it must not hold, but for those `allowed`.

    A joiner is one only where it joins no two pictures (UTS 51).
    """
    return "".join(
        each
        for number, each in enumerate(text)
        if each not in allowed and _is_unseen(each) and not _joins(text, number)
    )


def _is_unseen(character: str) -> bool:
    is_odd_space = category(character) == "Zs" and character not in " \u3000"
    return category(character) in UNSEEN or is_odd_space


def _joins(text: str, number: int) -> bool:
    before, after = text[:number].removesuffix("\ufe0f")[-1:], text[number + 1 : number + 2]
    is_between = all(
        each and category(each) in {"So", "Sk", "Sm", "Po", "Ll"} for each in (before, after)
    )
    return text[number] == "\u200d" and is_between
