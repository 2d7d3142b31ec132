"""How one body becomes a method that blocks or one that is awaited, whichever client it is called on."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from peer_server.client.drivers import Awaiting, Blocking
from peer_server.client.exchange import Listing, Operation

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D", bound=Blocking | Awaiting)


class Resource(Generic[D]):
    """What a client offers about one kind of thing. `is_key` says that it acts by an API key, not as a person."""

    def __init__(self, driver: D, *, is_key: bool = False) -> None:
        self.driver = driver
        self.is_key = is_key


class operation(Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method with a result: of a blocking client it answers the result, of the other one something to await."""

    def __init__(self, body: Callable[Concatenate[Any, P], Operation[T]]) -> None:
        self.body = body
        self.__doc__ = body.__doc__

    @overload
    def __get__(self, owner: Resource[Blocking], kind: type | None = None) -> Callable[P, T]: ...
    @overload
    def __get__(self, owner: Resource[Awaiting], kind: type | None = None) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, owner: Any, kind: type | None = None) -> Callable[P, Any]:
        """The method, bound."""
        if owner is None:
            return self  # type: ignore[return-value] # the class shows it with its documentation

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - the overloads say it
            return owner.driver.run(self.body(owner, *args, **kwargs))

        return update_wrapper(call, self.body)


class listing(Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method that hands out things one after another, to ``for`` or to ``async for``."""

    def __init__(self, body: Callable[Concatenate[Any, P], Listing[T]]) -> None:
        self.body = body
        self.__doc__ = body.__doc__

    @overload
    def __get__(self, owner: Resource[Blocking], kind: type | None = None) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, owner: Resource[Awaiting], kind: type | None = None) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, owner: Any, kind: type | None = None) -> Callable[P, Any]:
        """The method, bound."""
        if owner is None:
            return self  # type: ignore[return-value] # the class shows it with its documentation

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - the overloads say it
            return owner.driver.each(self.body(owner, *args, **kwargs))

        return update_wrapper(call, self.body)
