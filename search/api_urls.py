from django.urls import path

from search import api, saved_api, similar_api, term_report_api

urlpatterns = [
    path("search/", api.SearchView.as_view(), name="api-search"),
    path("documents/<uuid:document>/hits/", api.DocumentHitsView.as_view(), name="api-document-hits"),
    path("documents/<uuid:document>/similar/", similar_api.Similar.as_view(), name="api-document-similar"),
    path("saved-searches/", saved_api.SavedSearchList.as_view(), name="api-saved-search-list"),
    path("saved-searches/<uuid:saved>/", saved_api.SavedSearchDetail.as_view(), name="api-saved-search"),
    path("saved-searches/<uuid:saved>/seen/", saved_api.SavedSearchSeen.as_view(), name="api-saved-search-seen"),
    path("cases/<uuid:case>/term-reports/", term_report_api.TermReportList.as_view(), name="api-term-report-list"),
    path(
        "cases/<uuid:case>/term-reports/<uuid:report>/",
        term_report_api.TermReportDetail.as_view(),
        name="api-term-report",
    ),
    path(
        "documents/<uuid:document>/pages/<int:number>/highlights/",
        api.PageHighlights.as_view(),
        name="api-page-highlights",
    ),
]
