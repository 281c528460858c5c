"""The OpenAPI document says what the API does."""

from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

OPERATIONS = {
    "consents_list", "consents_give", "consents_withdraw",
    "photos_list", "photos_create", "photos_retrieve", "photos_erase", "photos_image",
    "garments_list", "garments_create", "garments_retrieve", "garments_update",
    "tryons_list", "tryons_submit", "tryons_retrieve", "tryons_delete", "tryons_cancel", "tryons_result",
    "models_list", "models_retrieve", "models_promote", "models_canary", "models_rollback",
    "training_runs_list", "training_runs_start", "training_runs_retrieve", "training_runs_steer",
    "me_retrieve", "me_erase", "me_export",
    "auth_token_create", "auth_token_delete",
    "auth_tokens_list", "auth_tokens_revoke", "auth_tokens_revoke_all",
}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    with GENERATOR_STATS.silence():
        GENERATOR_STATS.reset()
        return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for path in schema["paths"].values()
        for operation in path.values()
    }


def test_the_document_is_valid_and_made_without_a_guess(schema: dict[str, Any]) -> None:
    validate_schema(schema)
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


def test_every_operation_is_there(schema: dict[str, Any]) -> None:
    assert set(operations(schema)) == OPERATIONS


def test_every_refusal_has_the_one_envelope(schema: dict[str, Any]) -> None:
    envelope = {"$ref": "#/components/schemas/ErrorEnvelope"}
    refusals = [
        response["content"]["application/json"]["schema"]
        for operation in operations(schema).values()
        for status, response in operation["responses"].items()
        if status >= "400"
    ]
    assert refusals == [envelope] * len(refusals)
    assert len(refusals) > 100


def test_an_upload_is_a_binary_form_field(schema: dict[str, Any]) -> None:
    body = operations(schema)["photos_create"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data"}
    assert schema["components"]["schemas"]["PhotoUploadRequest"]["properties"]["image"]["format"] == "binary"


def test_the_document_and_its_page_are_served(visitor: APIClient) -> None:
    assert visitor.get("/api/schema/").status_code == 200
    page = visitor.get("/api/docs/")
    assert page.status_code == 200
    assert b"cdn." not in page.content
