"""What other apps keep about an account. They say so here, since this one does not know them.

An app registers in its `AppConfig.ready`; then an export holds what it keeps, and an erasure takes it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser


class Holder(NamedTuple):
    """One app. `export` returns JSON (dates and UUIDs included) about the account. `erase` runs in the
    transaction that erases the account, before its row goes, and returns how many rows it changed or
    deleted. `sweep` forgets what is kept too long at the given time, whoever's it is, and returns how many
    rows."""

    name: str
    export: Callable[[AbstractBaseUser], Any]
    erase: Callable[[AbstractBaseUser], int]
    sweep: Callable[[datetime], int]


HOLDERS: dict[str, Holder] = {}


def register(holder: Holder) -> None:
    """Make exports and erasures ask this app, by its name."""
    HOLDERS[holder.name] = holder
