from django.urls import path, re_path

from .views.base import UnknownView
from .views.comparisons import TrainingRunComparisonView, TrainingRunSheetView
from .views.consents import ConsentsView, ConsentView
from .views.garment_imports import ImportAddView, ImportsView, ImportView
from .views.garment_pages import OutlineView, PrepareView, PreviewsView
from .views.garments import GarmentsView, GarmentView
from .views.lookbooks import (
    LookbookDocumentView,
    LookbookSheetView,
    LookbooksView,
    LookbookView,
    LooksView,
    LookView,
)
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
from .views.training_samples import SamplesReportView, SamplesView, SampleView
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
    path("garments/<uuid:garment_id>/previews/", PreviewsView.as_view(), name="garment-previews"),
    path("garments/<uuid:garment_id>/outline/", OutlineView.as_view(), name="garment-outline"),
    path("garments/<uuid:garment_id>/prepare/", PrepareView.as_view(), name="garment-prepare"),
    path("garment-imports/", ImportsView.as_view(), name="garment-imports"),
    path("garment-imports/<uuid:import_id>/", ImportView.as_view(), name="garment-import"),
    path("garment-imports/<uuid:import_id>/add/", ImportAddView.as_view(), name="garment-import-add"),
    path("lookbooks/", LookbooksView.as_view(), name="lookbooks"),
    path("lookbooks/<uuid:lookbook_id>/", LookbookView.as_view(), name="lookbook"),
    path("lookbooks/<uuid:lookbook_id>/looks/", LooksView.as_view(), name="lookbook-looks"),
    path("lookbooks/<uuid:lookbook_id>/looks/<int:look_id>/", LookView.as_view(), name="lookbook-look"),
    path("lookbooks/<uuid:lookbook_id>/sheet/", LookbookSheetView.as_view(), name="lookbook-sheet"),
    path("lookbooks/<uuid:lookbook_id>/document/", LookbookDocumentView.as_view(), name="lookbook-document"),
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
    path(
        "training-runs/<uuid:run_id>/comparison/",
        TrainingRunComparisonView.as_view(),
        name="training-run-comparison",
    ),
    path("training-runs/<uuid:run_id>/sheet/", TrainingRunSheetView.as_view(), name="training-run-sheet"),
    path("training-samples/", SamplesView.as_view(), name="training-samples"),
    path("training-samples/report/", SamplesReportView.as_view(), name="training-samples-report"),
    path("training-samples/<uuid:sample_id>/", SampleView.as_view(), name="training-sample"),
    path("me/", MeView.as_view(), name="me"),
    path("me/export/", ExportView.as_view(), name="me-export"),
    path("auth/token/", TokenView.as_view(), name="auth-token"),
    path("auth/tokens/", TokensView.as_view(), name="auth-tokens"),
    path("auth/tokens/<slug:token_id>/", TokenRevokeView.as_view(), name="auth-token-revoke"),
    re_path("", UnknownView.as_view()),
]
