"""How long things are kept. Fails closed: a duration that makes no sense stops the start with its name."""

from datetime import timedelta

import environ
from django.core.exceptions import ImproperlyConfigured


def kept_for(env: environ.Env, name: str, *, default: int, most: int, unit: timedelta) -> timedelta:
    """The duration that the variable `name` gives as a whole number of `unit`.

    Raises ImproperlyConfigured unless it lies between 1 and `most`: no slip of a key keeps a thing for ever.
    """
    text = env(name, default=str(default))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
        raise ImproperlyConfigured(f"{name} must be a whole number from 1 to {most}, not {text!r}.")
    return int(text) * unit
