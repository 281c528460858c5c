"""The end of an account: everything of one person in every store, and nothing of anybody else."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken
from pytest_django import DjangoCaptureOnCommitCallbacks
from redis import ConnectionError as ValkeyDown
from rest_framework.test import APIClient

from shop.models import Cart, Order
from tests.tryon import factories
from tests.tryon.api.browsers import browser_of
from tryon.ledger import Kind, ledger_read
from tryon.models import Consent, ErasureReceipt, Photo, SealedObject, Shopper, TryOnJob
from tryon.personal_data import HOLDERS
from tryon.pseudonyms import account_pseudonym
from tryon.services.accounts import account_erase
from tryon.services.photos import photo_erase
from tryon.services.receipts import receipt_document
from tryon.services.replay import erasures_replay
from tryon.throttle_keys import throttles_forget

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey", "own_stores")]
User = get_user_model()
ADDRESS = {
    "name": "A", "email": "a@example.com", "street": "1 Way", "postal_code": "1", "city": "A", "country": "",
}  # fmt: skip


def a_person(name: str) -> Order:
    """An account with something in every place. Returns its order."""
    user = factories.user(name)
    factories.tryon(factories.photo(factories.shopper(user=user)), status="succeeded", result=True)
    Client().force_login(user)
    AuthToken.objects.create(user=user)
    Cart.objects.create(user=user)
    EmailAddress.objects.create(user=user, email=user.email)
    return Order.objects.create(user=user, total=5, **ADDRESS)


def rows_by_person() -> dict[str, int]:
    models = (User, Shopper, Consent, Photo, TryOnJob, SealedObject, Session, AuthToken, Cart, EmailAddress)
    return {model.__name__: model.objects.count() for model in models}


def test_everything_of_one_person_goes_and_the_order_is_cut_off() -> None:
    kept = a_person("bob")
    before = rows_by_person()
    order = a_person("ada")
    erased = account_erase(user=User.objects.get(username="ada"))

    assert rows_by_person() == before
    assert [receipt.kind for receipt in erased.receipts] == ["result", "photo"]
    assert erased.rows == {"shop": 2, "tokens": 1, "sessions": 1}
    order.refresh_from_db()
    kept.refresh_from_db()
    assert (order.user, order.street) == (None, "1 Way")
    assert kept.user is not None
    assert kept.user.username == "bob"


def test_erasing_an_account_again_is_nothing() -> None:
    user = factories.user()
    account_erase(user=User.objects.get(pk=user.pk))

    assert account_erase(user=user) == ([], {})


def test_a_session_of_the_account_is_over_everywhere() -> None:
    user = factories.user()
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(user)
    account_erase(user=user)

    assert not Session.objects.exists()
    assert [browser.get(reverse("tryon:list")).wsgi_request.user.is_anonymous for browser in browsers] == [
        True,
        True,
    ]


def test_the_cache_forgets_how_often_somebody_asked(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    cache.clear()
    account, other = factories.user("ada"), factories.user("bob")
    for user in (account, other):
        client = APIClient()
        client.force_login(user)
        client.get("/api/v1/consents/")
    browser = browser_of(factories.shopper())
    browser.get("/api/v1/consents/")
    keys = cache._cache.get_client().keys("tryon:1:throttle_*")
    assert len(keys) == 3

    with django_capture_on_commit_callbacks(execute=True):
        account_erase(user=account)
        browser.delete("/api/v1/me/")
    left = {key.decode() for key in cache._cache.get_client().keys("tryon:1:throttle_read*")}
    assert left == {f"tryon:1:throttle_read_{other.pk}"}


def test_a_cache_that_is_down_keeps_no_erasure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValkeyDown

    monkeypatch.setattr(cache, "delete_many", fail)
    throttles_forget(user_id=1)


def test_an_app_that_fails_keeps_the_account_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    a_person("ada")
    before = rows_by_person()

    def fail(_: object) -> int:
        raise RuntimeError

    monkeypatch.setitem(HOLDERS, "shop", HOLDERS["shop"]._replace(erase=fail))
    with pytest.raises(RuntimeError):
        account_erase(user=User.objects.get())
    assert rows_by_person() == before


def test_an_account_that_came_back_is_erased_again_and_a_new_one_with_its_number_is_not() -> None:
    user = factories.user("ada", date_joined=datetime(2026, 1, 1, tzinfo=UTC))
    number = user.pk
    account_erase(user=User.objects.get(pk=number))
    assert [entry.owner for entry in ledger_read().entries if entry.kind == Kind.ACCOUNT] == [
        account_pseudonym(number)
    ]
    factories.user("ada", pk=number, date_joined=datetime(2026, 1, 1, tzinfo=UTC))
    assert erasures_replay().erased == {"account": 1}
    newcomer = factories.user("bob", pk=number)

    assert erasures_replay().erased == {}
    assert list(User.objects.all()) == [newcomer]


def test_the_command_erases_an_account_and_prints_its_receipts() -> None:
    a_person("ada")
    out = StringIO()
    call_command("erase", "--account", "ada", stdout=out)

    assert [json.loads(line)["kind"] for line in out.getvalue().splitlines()] == ["result", "photo"]
    assert not User.objects.exists()
    with pytest.raises(CommandError, match="no such"):
        call_command("erase", "--account", "ada")


def test_staff_erase_an_account_by_an_action_and_not_past_the_service(client: Client) -> None:
    a_person("ada")
    client.force_login(factories.user("staff", is_staff=True, is_superuser=True))
    ada = User.objects.get(username="ada")
    assert client.post(reverse("admin:shop_user_delete", args=[ada.pk])).status_code == 403
    client.post(reverse("admin:shop_user_changelist"), {"action": "erase", "_selected_action": [ada.pk]})

    assert [user.username for user in User.objects.all()] == ["staff"]
    assert not SealedObject.objects.exists()


def receipts_verify(text: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("shown") / "receipts"
    path.write_text(text)
    out = StringIO()
    try:
        call_command("receipts", "verify", str(path), stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


def a_receipt() -> tuple[ErasureReceipt, dict[str, str]]:
    photo = factories.photo(factories.shopper())
    receipt = photo_erase(photo=photo, reason=ErasureReceipt.Reason.REQUESTED)
    return receipt, receipt_document(receipt=receipt)


def test_receipts_are_checked_however_they_are_wrapped(tmp_path_factory: pytest.TempPathFactory) -> None:
    receipt, document = a_receipt()
    good = f"{receipt.id}: ours, and the object is gone\n"

    for text in (
        json.dumps(document),
        json.dumps(document, indent=2),
        json.dumps([document]),
        json.dumps({"receipt": document}),
        json.dumps({"receipts": [document]}),
    ):
        assert receipts_verify(text, tmp_path_factory) == good
    two = f"{json.dumps(document)}\n{json.dumps(document)}\n"
    assert receipts_verify(two, tmp_path_factory) == good * 2


def test_a_receipt_as_the_api_gives_it_is_good(tmp_path_factory: pytest.TempPathFactory) -> None:
    shopper = factories.shopper()
    photo = factories.photo(shopper)
    answer = browser_of(shopper).delete(f"/api/v1/photos/{photo.pk}/")

    assert "ours, and the object is gone" in receipts_verify(answer.content.decode(), tmp_path_factory)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "result"),
        ("reason", "expired"),
        ("erased_at", "2026-01-01T00:00:00.000000+00:00"),
        ("signature", "AAAA"),
        ("signature", "not base64!"),
    ],
)
def test_an_altered_receipt_is_not_ours(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: str
) -> None:
    receipt, document = a_receipt()
    text = json.dumps(document | {field: value})

    assert receipts_verify(text, tmp_path_factory) == (
        f"{receipt.id}: NOT ours, or altered\nNot every receipt is good."
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "There is no receipt in this file."),
        ("{", "The file is not JSON"),
        ('{"id": 7}', "?: no receipt\nNot every receipt is good."),
        ("[3]", "?: no receipt\nNot every receipt is good."),
    ],
)
def test_a_file_without_receipts_is_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, answer: str
) -> None:
    assert receipts_verify(text, tmp_path_factory).startswith(answer)


def test_a_receipt_of_something_that_is_there_is_not_good(tmp_path_factory: pytest.TempPathFactory) -> None:
    receipt, document = a_receipt()
    other = factories.sealed(factories.shopper())
    SealedObject.objects.filter(pk=other.pk).update(id=receipt.object_id)

    assert "the object is there" in receipts_verify(json.dumps(document), tmp_path_factory)
