"""Text as search compares it: its words without case, endings and accents, alike on every database. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Final, Literal

Language = Literal[
    "any", "ar", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ro", "ru", "sv", "tr"
]
"""What the texts of a data source are written in; `any` cuts no endings."""
_STEMMERS: Final[Mapping[str, str]] = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
LONGEST_WORD: Final = 64
"""Characters of a word that count."""
_PAIRED: Final = "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
"""Chinese and Japanese write no spaces: what is in these scripts is compared in pairs of characters."""
_IS_PAIRED: Final = re.compile(_PAIRED)
_RUNS: Final = re.compile(f"{_PAIRED}|{_PAIRED.replace('[', '[^')}")
_TURKISH_CAPITALS: Final = str.maketrans({"I": "ı", "İ": "i"})


class Analyzer:
    """Finds the words of texts in one language. Not to be shared between threads."""

    def __init__(self, language: str) -> None:
        self._is_turkish = language == "tr"
        self._stem = _stemmer(language)
        self._known: dict[str, str] = {}

    def words(self, text: str) -> list[str]:
        """The words in the order of the text, as they are indexed and asked for: letters and digits only."""
        composed = unicodedata.normalize("NFKC", text)
        lowered = composed.translate(_TURKISH_CAPITALS) if self._is_turkish else composed
        found = lowered.casefold().replace("i\u0307", "i").translate(_separators()).split()
        return [word for token in found for part in _parts(token) if (word := self._word(part))]

    def _word(self, token: str) -> str:
        word = self._known.get(token)
        if word is None:
            word = self._known[token] = _plain(self._stem(token))[:LONGEST_WORD]
        return word


def _parts(token: str) -> Iterator[str]:
    for run in _RUNS.findall(token):
        if _IS_PAIRED.match(run) and len(run) > 1:
            yield from (first + second for first, second in pairwise(run))
        else:
            yield run


def _plain(word: str) -> str:
    """Without accents and other marks."""
    if word.isascii():
        return word
    return "".join(character for character in unicodedata.normalize("NFKD", word) if character.isalnum())


def _stemmer(language: str) -> Callable[[str], str]:
    if language not in _STEMMERS:
        return str
    import snowballstemmer  # noqa: PLC0415 - start-up budget

    stem: Callable[[str], str] = snowballstemmer.stemmer(_STEMMERS[language]).stemWord
    return stem


class _Separators(dict[int, int]):
    """For `str.translate`: whatever is neither a letter, a digit nor a mark of one becomes a space."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        is_kept = character.isalnum() or unicodedata.category(character).startswith("M")
        return self.setdefault(code, code if is_kept else ord(" "))


@cache
def _separators() -> _Separators:
    return _Separators()
