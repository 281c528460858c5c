from django.urls import path, re_path

from .views.base import UnknownView
from .views.consents import ConsentsView, ConsentView
from .views.garments import GarmentsView, GarmentView
from .views.manifests import ModelManifestView, TrainingRunManifestView
from .views.me import ExportView, MeView
from .views.models import (
    ModelCanaryView,
    ModelPromoteView,
    ModelRollbackView,
    ModelsView,
    ModelView,
)
from .views.photos import PhotoImageView, PhotosView, PhotoView
from .views.tokens import TokenRevokeView, TokensView, TokenView
from .views.training_runs import TrainingRunsView, TrainingRunView
from .views.tryons import TryOnCancelView, TryOnResultView, TryOnsView, TryOnView

app_name = "api"
urlpatterns = [
    path("consents/", ConsentsView.as_view(), name="consents"),
    path("consents/<slug:purpose>/", ConsentView.as_view(), name="consent"),
    path("photos/", PhotosView.as_view(), name="photos"),
    path("photos/<uuid:photo_id>/", PhotoView.as_view(), name="photo"),
    path("photos/<uuid:photo_id>/image/", PhotoImageView.as_view(), name="photo-image"),
    path("garments/", GarmentsView.as_view(), name="garments"),
    path("garments/<uuid:garment_id>/", GarmentView.as_view(), name="garment"),
    path("tryons/", TryOnsView.as_view(), name="tryons"),
    path("tryons/<uuid:job_id>/", TryOnView.as_view(), name="tryon"),
    path("tryons/<uuid:job_id>/result/", TryOnResultView.as_view(), name="tryon-result"),
    path("tryons/<uuid:job_id>/cancel/", TryOnCancelView.as_view(), name="tryon-cancel"),
    path("models/", ModelsView.as_view(), name="models"),
    path("models/rollback/", ModelRollbackView.as_view(), name="model-rollback"),
    path("models/<uuid:model_id>/", ModelView.as_view(), name="model"),
    path("models/<uuid:model_id>/manifest/", ModelManifestView.as_view(), name="model-manifest"),
    path("models/<uuid:model_id>/promote/", ModelPromoteView.as_view(), name="model-promote"),
    path("models/<uuid:model_id>/canary/", ModelCanaryView.as_view(), name="model-canary"),
    path("training-runs/", TrainingRunsView.as_view(), name="training-runs"),
    path("training-runs/<uuid:run_id>/", TrainingRunView.as_view(), name="training-run"),
    path(
        "training-runs/<uuid:run_id>/manifest/",
        TrainingRunManifestView.as_view(),
        name="training-run-manifest",
    ),
    path("me/", MeView.as_view(), name="me"),
    path("me/export/", ExportView.as_view(), name="me-export"),
    path("auth/token/", TokenView.as_view(), name="auth-token"),
    path("auth/tokens/", TokensView.as_view(), name="auth-tokens"),
    path("auth/tokens/<slug:token_id>/", TokenRevokeView.as_view(), name="auth-token-revoke"),
    re_path("", UnknownView.as_view()),
]
