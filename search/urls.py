from django.urls import path

from search import saved_views, similar_views, term_report_views, views

urlpatterns = [
    path("search/", views.results, name="search"),
    path("cases/<uuid:case>/search/", views.results, name="case-search"),
    path("documents/<uuid:document>/search/", views.document_search, name="document-search"),
    path("documents/<uuid:document>/pages/<int:number>/", views.document_page, name="document-page"),
    path("documents/<uuid:document>/similar/", similar_views.similar, name="document-similar"),
    path("saved-searches/", saved_views.saved_searches, name="saved-searches"),
    path("saved-searches/<uuid:saved>/", saved_views.rename, name="saved-search"),
    path("saved-searches/<uuid:saved>/open/", saved_views.open_, name="saved-search-open"),
    path("saved-searches/<uuid:saved>/delete/", saved_views.delete, name="saved-search-delete"),
    path("cases/<uuid:case>/term-reports/", term_report_views.term_reports, name="term-reports"),
    path("cases/<uuid:case>/term-reports/<uuid:report>/", term_report_views.term_report, name="term-report"),
    path("cases/<uuid:case>/term-reports/<uuid:report>/delete/", term_report_views.delete, name="term-report-delete"),
    path("cases/<uuid:case>/term-reports/<uuid:report>.csv", term_report_views.csv_file, name="term-report-csv"),
    path("cases/<uuid:case>/term-reports/<uuid:report>.xlsx", term_report_views.xlsx_file, name="term-report-xlsx"),
]
