import pickle

import pytest

from ml.errors import MESSAGES, Refusal


@pytest.mark.parametrize("code", MESSAGES)
def test_every_code_tells_what_to_do(code):
    refusal = Refusal(code)
    assert (refusal.code, refusal.message) == (code, MESSAGES[code])
    assert str(refusal) == f"{code}: {MESSAGES[code]}"


def test_own_message_wins():
    assert Refusal("no_person", "Nobody here.").message == "Nobody here."


def test_unknown_code_is_a_defect():
    with pytest.raises(KeyError):
        Refusal("nonsense")


def test_crosses_a_process_boundary():
    copy = pickle.loads(pickle.dumps(Refusal("no_person", "Nobody here.")))
    assert (copy.code, copy.message) == ("no_person", "Nobody here.")
