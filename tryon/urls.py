from django.urls import path

from tryon import views

app_name = "tryon"

urlpatterns = [
    path("", views.tryon_list, name="list"),
    path("<uuid:pk>/", views.tryon_detail, name="detail"),
    path("<uuid:pk>/delete/", views.tryon_delete, name="delete"),
    path("photos/<uuid:pk>/delete/", views.photo_delete, name="photo-delete"),
    path("consent/withdraw/", views.consent_end, name="consent-withdraw"),
    path("training/agree/", views.training_agree, name="training-agree"),
    path("training/withdraw/", views.training_end, name="training-withdraw"),
    path("erase/", views.shopper_end, name="erase"),
]
