from django.urls import path

from extraction import api, batch_api, page_image_api, readability_api, resumable_api

urlpatterns = [
    path(
        "documents/<uuid:document>/pages/<int:number>/image/",
        page_image_api.PageImage.as_view(),
        name="api-page-image",
    ),
    path("cases/<uuid:case>/documents/", api.Upload.as_view(), name="api-case-upload"),
    path("uploads/", resumable_api.UploadList.as_view(), name="api-upload-list"),
    path("uploads/<uuid:upload>/", resumable_api.UploadDetail.as_view(), name="api-upload"),
    path("cases/<uuid:case>/batches/", batch_api.BatchList.as_view(), name="api-case-batch-list"),
    path("cases/<uuid:case>/batches/<uuid:batch>/", batch_api.BatchDetail.as_view(), name="api-case-batch"),
    path("cases/<uuid:case>/reprocess/", api.CaseReprocess.as_view(), name="api-case-reprocess"),
    path("cases/<uuid:case>/readability/", readability_api.Readability.as_view(), name="api-case-readability"),
    path(
        "cases/<uuid:case>/readability/documents/",
        readability_api.ReadabilityDocuments.as_view(),
        name="api-case-readability-documents",
    ),
    path("documents/<uuid:document>/reprocess/", api.DocumentReprocess.as_view(), name="api-document-reprocess"),
]
