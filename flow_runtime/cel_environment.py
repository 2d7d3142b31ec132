"""The CEL dialect of flows: the standard library and five extensions, and arithmetic that mixes int and double.

Stock CEL refuses ``amount * 2`` when `amount` is 5.5. The four operators are therefore taken out of the standard
library and declared again: the pairs it has under their own overload ids, which keep the built-in implementation,
and the mixed pairs with ours. ``3 / 2`` stays whole (1), overflow and division by zero stay errors.
"""

from collections.abc import Callable
from functools import lru_cache
from operator import add, mul, sub, truediv
from typing import Final

from cel_expr_python import cel

_CONFIG: Final = """
stdlib:
  exclude_functions:
    - name: "_+_"
    - name: "_-_"
    - name: "_*_"
    - name: "_/_"
extensions:
  - name: bindings
  - name: lists
  - name: math
  - name: optional
  - name: strings
"""
_BUILT_IN: Final = {
    "_+_": (
        "add_int64 add_double add_uint64 add_string add_bytes add_list "
        "add_duration_duration add_duration_timestamp add_timestamp_duration"
    ),
    "_-_": (
        "subtract_int64 subtract_double subtract_uint64 "
        "subtract_duration_duration subtract_timestamp_duration subtract_timestamp_timestamp"
    ),
    "_*_": "multiply_int64 multiply_double multiply_uint64",
    "_/_": "divide_int64 divide_double divide_uint64",
}
_MIXED: Final[dict[str, Callable[[float, float], float]]] = {"_+_": add, "_-_": sub, "_*_": mul, "_/_": truediv}


@lru_cache(maxsize=1024)
def environment(names: frozenset[str]) -> cel.Env:
    """An environment that knows exactly these names, each of any type; anything else fails to compile."""
    return cel.NewEnv(
        config=_config(),
        variables=dict.fromkeys(names, cel.Type.DYN),
        functions=_operators(),
    )


@lru_cache(maxsize=1)
def _config() -> cel.EnvConfig:
    return cel.NewEnvConfigFromYaml(_CONFIG)


@lru_cache(maxsize=1)
def _operators() -> tuple[cel.FunctionDecl, ...]:
    return tuple(
        cel.FunctionDecl(name, [*map(_built_in, overloads.split()), *_mixed(overloads.partition("_")[0], _MIXED[name])])
        for name, overloads in _BUILT_IN.items()
    )


def _built_in(overload: str) -> cel.Overload:
    """An overload of the standard library, named ``<verb>_<type>`` or ``<verb>_<left>_<right>``."""
    types = {
        "int64": cel.Type.INT,
        "double": cel.Type.DOUBLE,
        "uint64": cel.Type.UINT,
        "string": cel.Type.STRING,
        "bytes": cel.Type.BYTES,
        "list": cel.Type.List(cel.Type.DYN),
        "duration": cel.Type.DURATION,
        "timestamp": cel.Type.TIMESTAMP,
    }
    verb, left, *rest = overload.split("_")
    right = rest[0] if rest else left
    # An instant minus an instant is a duration; an instant and a duration, in any order, give an instant.
    result = left if left == right else "timestamp"
    if verb == "subtract" and left == right == "timestamp":
        result = "duration"
    return cel.Overload(overload, return_type=types[result], parameters=[types[left], types[right]])


def _mixed(verb: str, operator: Callable[[float, float], float]) -> list[cel.Overload]:
    """Both orders of a whole and a decimal number."""

    def compute(left: float, right: float) -> float:
        return operator(float(left), float(right))

    whole, decimal = cel.Type.INT, cel.Type.DOUBLE
    return [
        cel.Overload(f"{verb}_int64_double", return_type=decimal, parameters=[whole, decimal], impl=compute),
        cel.Overload(f"{verb}_double_int64", return_type=decimal, parameters=[decimal, whole], impl=compute),
    ]
