from django.urls import path

from cases import api, token_api

urlpatterns = [
    path("tokens/", token_api.TokenList.as_view(), name="api-token-list"),
    path("tokens/<uuid:token>/", token_api.TokenDetail.as_view(), name="api-token"),
    path("cases/", api.CaseList.as_view(), name="api-case-list"),
    path("cases/<uuid:case>/", api.CaseDetail.as_view(), name="api-case"),
    path("cases/<uuid:case>/members/", api.MemberList.as_view(), name="api-case-member-list"),
    path("cases/<uuid:case>/members/<str:user>/", api.MemberDetail.as_view(), name="api-case-member"),
    path("cases/<uuid:case>/parties/", api.PartyList.as_view(), name="api-case-party-list"),
    path("cases/<uuid:case>/parties/<uuid:party>/", api.PartyDetail.as_view(), name="api-case-party"),
]
