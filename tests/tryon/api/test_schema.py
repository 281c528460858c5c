"""The OpenAPI document says what the API does."""

import re
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft4Validator
from rest_framework import serializers
from rest_framework.test import APIClient

from tryon.api.schema import BLANK
from tryon.api.serializers import ModelPromoteSerializer, TokenRequestSerializer

OPERATIONS = {
    "consents_list", "consents_give", "consents_withdraw",
    "photos_list", "photos_create", "photos_retrieve", "photos_erase", "photos_image",
    "garments_list", "garments_create", "garments_retrieve", "garments_update",
    "garments_preview", "garments_previews", "garments_outline", "garments_correct", "garments_prepare",
    "garment_imports_list", "garment_imports_create", "garment_imports_retrieve", "garment_imports_delete",
    "garment_imports_add",
    "lookbooks_list", "lookbooks_create", "lookbooks_retrieve", "lookbooks_delete", "lookbooks_vary",
    "lookbooks_take_out", "lookbooks_sheet", "lookbooks_document",
    "tryons_list", "tryons_submit", "tryons_retrieve", "tryons_delete", "tryons_cancel", "tryons_result",
    "models_list", "models_manifest", "models_retrieve", "models_promote", "models_canary", "models_rollback",
    "training_runs_list", "training_runs_manifest", "training_runs_start",
    "training_runs_retrieve", "training_runs_steer", "training_runs_comparison", "training_runs_sheet",
    "training_samples_list", "training_samples_add", "training_samples_retrieve", "training_samples_erase",
    "training_samples_report",
    "dashboard", "me_retrieve", "me_erase", "me_export",
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


TEXTS = [
    (TokenRequestSerializer, "TokenRequestRequest", "username"),
    (TokenRequestSerializer, "TokenRequestRequest", "password"),
    (TokenRequestSerializer, "TokenRequestRequest", "code"),
    (ModelPromoteSerializer, "ModelPromoteRequest", "override_reason"),
]


@pytest.mark.parametrize(("serializer", "component", "name"), TEXTS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        " ada\n",
        "a\0",
        "\0",
        " \0",
        " ",
        "\n",
        "\x1c\x1f\x85\xa0\u3000",
        "\ufeff",
        "\u200b",
        "a\nb\n",
        "𝒶",
    ],
)
def test_the_document_takes_the_text_that_the_field_takes(
    schema: dict[str, Any],
    serializer: type[serializers.Serializer],
    component: str,
    name: str,
    text: str,
) -> None:
    documented = schema["components"]["schemas"][component]["properties"][name]
    taken = serializer(data={name: text}, partial=True).is_valid()
    assert Draft4Validator(documented).is_valid(text) == taken


def test_blank_is_what_python_strips() -> None:
    characters = map(chr, range(0x110000))
    wrong = [c for c in characters if bool(re.fullmatch(f"[{BLANK}]", c)) != (c.strip() == "")]
    assert wrong == []


def test_text_of_answers_may_hold_what_was_sent(schema: dict[str, Any]) -> None:
    detail = schema["components"]["schemas"]["ErrorItem"]["properties"]["detail"]
    assert detail == {"type": "string"}


def test_the_document_and_its_page_are_served(visitor: APIClient) -> None:
    assert visitor.get("/api/schema/").status_code == 200
    page = visitor.get("/api/docs/")
    assert page.status_code == 200
    assert b"cdn." not in page.content
