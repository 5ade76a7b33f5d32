from django.urls import path

from documents import views

urlpatterns = [
    path("documents/<uuid:document>/", views.overview, name="document"),
    path("documents/<uuid:document>/edit/", views.edit, name="document-edit"),
    path("documents/<uuid:document>/reprocess/", views.again, name="document-reprocess"),
    path("documents/<uuid:document>/delete/", views.delete, name="document-delete"),
]
