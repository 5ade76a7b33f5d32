from django.urls import path

from documents import api

urlpatterns = [
    path("documents/", api.DocumentList.as_view(), name="api-document-list"),
    path("documents/<uuid:document>/", api.DocumentDetail.as_view(), name="api-document"),
    path("documents/<uuid:document>/file/", api.DocumentFile.as_view(), name="document-file"),
    path("documents/<uuid:document>/pages/", api.PageList.as_view(), name="api-page-list"),
    path("documents/<uuid:document>/pages/<int:number>/", api.PageDetail.as_view(), name="api-page"),
]
