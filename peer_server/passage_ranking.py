"""How well a passage fits a question, from 0 to 1, by its words and by its meaning. Pure."""

import math
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Final

_BITS: Final = 8


@dataclass(frozen=True, slots=True)
class Weights:
    """How much words and meaning count, and what is left out: passages below the threshold."""

    text: float = 0.5
    vector: float = 0.5
    threshold: float = 0.0

    def score(self, words: float, meaning: float | None) -> float:
        """Both together; words alone where a passage has no meaning to compare."""
        if meaning is None or not self.text + self.vector:
            return words
        return (self.text * words + self.vector * meaning) / (self.text + self.vector)


def rarity(frequency: int, total: int) -> float:
    """What a word tells that this many of all passages hold: much if few do."""
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def share_of(words: Collection[str], rarities: Mapping[str, float]) -> float:
    """How much of what the question tells is in these words."""
    whole = sum(rarities.values())
    return sum(told for word, told in rarities.items() if word in words) / whole if whole else 0.0


def packed(vector: Sequence[float]) -> bytes:
    """The direction of a vector as little-endian float32: all that similarity needs."""
    length = math.sqrt(math.fsum(value * value for value in vector)) or 1.0
    values = array("f", [value / length for value in vector])
    return _little(values).tobytes()


def signature(embedding: bytes) -> bytes:
    """The signs of a packed vector, a bit each: enough to tell quickly which vectors may be near."""
    values, number = _unpacked(embedding), 0
    for value in values:
        number = number << 1 | (value > 0)
    return number.to_bytes(-(-len(values) // _BITS) or 1)


def nearest(wanted: bytes, signatures: Iterable[tuple[int, bytes]], *, limit: int) -> list[int]:
    """The ids whose signatures differ least from the wanted one."""
    own = int.from_bytes(wanted)
    apart = sorted(((own ^ int.from_bytes(one)).bit_count(), id_) for id_, one in signatures)
    return [id_ for _, id_ in apart[:limit]]


def similarity(one: bytes, other: bytes) -> float:
    """The cosine of two packed vectors; 0 for what points elsewhere, or is of another model."""
    if len(one) != len(other):
        return 0.0
    cosine: float = sum(map(mul, _unpacked(one), _unpacked(other)))
    return min(max(cosine, 0.0), 1.0)


def _unpacked(embedding: bytes) -> "array[float]":
    values = array("f")
    values.frombytes(embedding)
    return _little(values)


def _little(values: "array[float]") -> "array[float]":
    if _IS_BIG:
        values.byteswap()
    return values


_IS_BIG: Final = array("H", [1]).tobytes() == b"\0\1"
