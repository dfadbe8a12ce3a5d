"""Regular expressions with a bound on their work.

A pattern that backtracks may take longer than the age of the universe on thirty characters. There is no time limit
that would give the same answer on every machine, so the form of a pattern and the length of its subject are limited
instead: with at most `k` places where it may choose and no repetition around a group, matching a text of `n` characters
tries at most about (n + 1) ^ k ways.
"""

import re

PATTERN_LENGTH_MAX = 200
CHOICES_MAX = 6
COUNT_MAX = 1000
"""The largest number inside braces, such as {1,64}."""
WORK_MAX = 10_000_000
"""Ways that one match may try; some tenths of a second at the worst."""

_TOKEN = re.compile(
    r"""
    (?P<escape>\\.)
  | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
  | (?P<special>\(\?)
  | (?P<repeated>\)(?:[*+?]|\{))
  | (?P<choice>[*+?|]\??|\{[0-9]{1,9}(?:,[0-9]{0,9})?\}\??)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_SET_OF_SETS = re.compile(r"\[|--|&&|~~|\|\|")
"""What a later Python may read as sets inside of a set. Source: Python, module re, FutureWarning."""


class PatternError(ValueError):
    """The pattern cannot be read, or could take too long; the message says which and holds no subject."""


class BoundedPattern:
    """A pattern that is matched against the whole of a text, in bounded work. `\\d` is a digit of ASCII alone."""

    def __init__(self, text: str) -> None:
        """Raises PatternError for what is no pattern or is none that can be bounded."""
        if len(text) > PATTERN_LENGTH_MAX:
            raise PatternError(f"the pattern has more than {PATTERN_LENGTH_MAX} characters.")
        self._choices = _choices_of(text)
        try:
            self._pattern = re.compile(text, re.ASCII)
        except (re.error, OverflowError, RecursionError):
            raise PatternError("this is no regular expression.") from None

    def matches(self, subject: str) -> bool:
        """Say whether the whole of `subject` matches; raises PatternError for a subject that is too long for it."""
        if (len(subject) + 1) ** self._choices > WORK_MAX:
            raise PatternError(f"the text is too long for a pattern with {self._choices} repetitions or choices.")
        return self._pattern.fullmatch(subject) is not None


def _choices_of(text: str) -> int:
    """Count the places where the pattern may choose; raises PatternError for what cannot be bounded."""
    choices = 0
    for token in _TOKEN.finditer(text):
        refusal = _refusal(str(token.lastgroup), token.group())
        if refusal is not None:
            raise PatternError(refusal)
        choices += token["choice"] is not None
    if choices > CHOICES_MAX:
        raise PatternError(f"the pattern has more than {CHOICES_MAX} repetitions or choices.")
    return choices


def _refusal(kind: str, sign: str) -> str | None:
    """Say why a token is not taken; None for one that is."""
    match kind:
        case "special":
            return "the pattern has (?…), which is not taken."
        case "repeated":
            return "the pattern repeats a group, whose work cannot be bounded."
        case "escape" if sign[1:].isdigit():
            return "the pattern refers back to a group, which is not taken."
        case "other" if sign == "[":
            return "this is no regular expression."
        case "set" if _SET_OF_SETS.search(sign[1:]):
            return "the pattern has a set inside a set, which is not taken."
        case "choice" if any(int(count) > COUNT_MAX for count in re.findall("[0-9]+", sign)):
            return f"the pattern counts beyond {COUNT_MAX}."
        case _:
            return None
