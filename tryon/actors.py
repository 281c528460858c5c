"""Who is acting: what the audit trail says of whoever did something."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Actor(NamedTuple):
    """`kind` is staff, account, guest, visitor, operator (manage.py) or system; `id` a pseudonym or empty."""

    kind: str
    id: str = ""


SYSTEM = Actor("system")
_find: ContextVar[Callable[[], Actor]] = ContextVar("actor", default=lambda: SYSTEM)


def current_actor() -> Actor:
    """Whoever is behind what this thread does now; a scheduled task acts by itself."""
    return _find.get()()


@contextmanager
def acting(find: Callable[[], Actor]) -> Iterator[None]:
    """While the block runs, `find` says who acts. It is asked when something is recorded, not before: an API
    client is known only after its token was checked."""
    token = _find.set(find)
    try:
        yield
    finally:
        _find.reset(token)
