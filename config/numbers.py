"""Whole numbers from the environment. Fails closed: one that makes no sense stops the start with its name."""

import environ
from django.core.exceptions import ImproperlyConfigured


def whole_number(env: environ.Env, name: str, *, default: int, least: int, most: int) -> int:
    """The variable `name`. Raises ImproperlyConfigured unless it is a whole number from `least` to `most`."""
    text = env(name, default=str(default))
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
    return int(text)
