from django.urls import path

from cases.views import case, home, people, readability, upload

urlpatterns = [
    path("", home.home, name="home"),
    path("cases/new/", home.new_case, name="case-new"),
    path("cases/<uuid:case>/", case.case_page, name="case"),
    path("cases/<uuid:case>/live/", case.live, name="case-live"),
    path("cases/<uuid:case>/upload/", upload.upload, name="case-upload"),
    path("cases/<uuid:case>/edit/", case.edit, name="case-edit"),
    path("cases/<uuid:case>/delete/", case.delete, name="case-delete"),
    path("cases/<uuid:case>/readability/", readability.readability, name="case-readability"),
    path("cases/<uuid:case>/readability/again/", readability.again, name="case-readability-again"),
    path("cases/<uuid:case>/readability.csv", readability.as_csv, name="case-readability-csv"),
    path("cases/<uuid:case>/people/", people.people, name="case-people"),
    path("cases/<uuid:case>/members/<int:member>/", people.change_member, name="case-member"),
    path("cases/<uuid:case>/members/<int:member>/remove/", people.remove_member, name="case-member-remove"),
    path("cases/<uuid:case>/parties/add/", people.add_party, name="case-party-add"),
    path("cases/<uuid:case>/parties/<uuid:party>/", people.change_party, name="case-party"),
    path("cases/<uuid:case>/parties/<uuid:party>/remove/", people.remove_party, name="case-party-remove"),
]
