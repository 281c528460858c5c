"""How long things are kept."""

from datetime import timedelta

import environ

from .numbers import whole_number


def kept_for(env: environ.Env, name: str, *, default: int, most: int, unit: timedelta) -> timedelta:
    """The duration that the variable `name` gives as a whole number of `unit`.

    Raises ImproperlyConfigured unless it lies between 1 and `most`: no slip of a key keeps a thing for ever.
    """
    return whole_number(env, name, default=default, least=1, most=most) * unit
