"""The ring wraps with its first key, opens with any, and refuses whatever was altered."""

import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from config.keys import parse_key, parse_key_ring
from tryon.key_ring import KeyRing, SealError, UnknownKeyError, key_manager
from tryon.models import SealedObject

KEYS = st.dictionaries(
    st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True),
    st.binary(min_size=32, max_size=32),
    min_size=1,
    max_size=4,
)
OLD = KeyRing({"k1": bytes(32)})
ROTATED = KeyRing({"k2": bytes([2]) * 32, "k1": bytes(32)})


@given(keys=KEYS, secret=st.binary(max_size=200), context=st.binary(max_size=100))
def test_any_ring_opens_what_it_wrapped(keys: dict[str, bytes], secret: bytes, context: bytes) -> None:
    ring = KeyRing(keys)
    key_id, wrapped = ring.wrap(secret, context)

    assert key_id == ring.current_id == next(iter(keys))
    assert list(ring.key_ids) == list(keys)
    assert ring.unwrap(key_id, wrapped, context) == secret


@given(context=st.binary(max_size=50), other=st.binary(max_size=50))
def test_another_context_does_not_open(context: bytes, other: bytes) -> None:
    key_id, wrapped = OLD.wrap(b"secret", context)
    if other != context:
        with pytest.raises(SealError):
            OLD.unwrap(key_id, wrapped, other)


@given(cut=st.integers(0, 33))
def test_a_shortened_wrapping_does_not_open(cut: int) -> None:
    key_id, wrapped = OLD.wrap(b"secret", b"")

    with pytest.raises(SealError):
        OLD.unwrap(key_id, wrapped[:cut], b"")


def test_after_rotation_the_new_key_wraps_and_the_old_one_opens() -> None:
    key_id, wrapped = OLD.wrap(b"secret", b"context")

    assert ROTATED.wrap(b"secret", b"context")[0] == "k2"
    assert ROTATED.unwrap(key_id, wrapped, b"context") == b"secret"


def test_a_key_does_not_open_under_the_name_of_another() -> None:
    _, wrapped = ROTATED.wrap(b"secret", b"context")

    with pytest.raises(SealError):
        ROTATED.unwrap("k1", wrapped, b"context")


def test_an_unknown_key_is_named_in_the_refusal() -> None:
    with pytest.raises(UnknownKeyError, match="'k2'") as error:
        OLD.unwrap("k2", bytes(60), b"")
    assert error.value.key_id == "k2"
    assert isinstance(error.value, SealError)


def test_the_same_secret_is_never_wrapped_the_same_way_twice() -> None:
    assert OLD.wrap(b"secret", b"")[1] != OLD.wrap(b"secret", b"")[1]


def test_the_ring_of_the_settings_keeps_their_order(settings: Settings) -> None:
    settings.PHOTO_KEYS = {"b": os.urandom(32), "a": os.urandom(32)}

    manager = key_manager()

    assert isinstance(manager, KeyRing)
    assert (manager.current_id, list(manager.key_ids)) == ("b", ["b", "a"])
    assert manager.wrap(b"", b"")[0] == "b"


@given(keys=KEYS)
def test_a_written_ring_is_read_in_its_order(keys: dict[str, bytes]) -> None:
    text = ", ".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in keys.items())

    assert list(parse_key_ring("PHOTO_KEYS", text).items()) == list(keys.items())


@given(text=st.text(max_size=60))
def test_anything_else_is_refused_by_the_name_of_the_variable(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PHOTO_KEYS"):
        parse_key_ring("PHOTO_KEYS", text)


KEY = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    ["", KEY, f":{KEY}", "k1:", f"k1:{KEY},", f"k1:{KEY},k1:{KEY}", f"k1:{KEY[:-4]}", f"{'k' * 33}:{KEY}"],
)
def test_a_ring_with_a_hole_is_refused(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PHOTO_KEYS"):
        parse_key_ring("PHOTO_KEYS", text)


def test_the_longest_name_of_a_key_fits_its_column() -> None:
    name = "k" * SealedObject._meta.get_field("key_id").max_length

    assert parse_key_ring("PHOTO_KEYS", f"{name}:{KEY}") == {name: bytes(32)}


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_has_32_bytes(size: int) -> None:
    with pytest.raises(ImproperlyConfigured, match="RECEIPT_KEY"):
        parse_key("RECEIPT_KEY", base64.b64encode(bytes(size)).decode())
