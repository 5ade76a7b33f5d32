"""Who may listen now, and that every change of that is told at once."""

import hashlib
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated

from cases.models import ApiToken, Case, Membership, Role
from cases.tokens import issue
from extraction import admission_notice
from extraction.admission import Visitor, admit, cases_open_to
from lexintel import bus


def asking(user=None, **headers: str):
    """A request as the stream's consumer makes it; `user` is signed in by a session."""
    request = RequestFactory().get("/", headers=headers)
    if user is not None:
        client = Client()
        client.force_login(user)
        request.COOKIES["sessionid"] = client.cookies["sessionid"].value
    return request


@pytest.fixture
def by_session(bob, case) -> Visitor:
    return admit(asking(bob), case.pk)[0]


@pytest.fixture
def by_token(bob, case) -> Visitor:
    return admit(asking(Authorization=f"Bearer {issue(bob, 'test')[1]}"), case.pk)[0]


@pytest.mark.django_db
class TestAsking:
    def test_a_member_is_let_in_to_the_case_or_to_all_of_theirs(self, case, other_case, bob):
        assert admit(asking(bob), case.pk)[1] == {case.pk}
        assert admit(asking(bob), None)[1] == {case.pk}
        Membership.objects.create(case=other_case, user=bob)
        assert admit(asking(bob), None)[1] == {case.pk, other_case.pk}

    def test_nobody_and_the_inactive_are_not(self, case, bob):
        with pytest.raises(NotAuthenticated):
            admit(asking(), case.pk)
        request = asking(bob)
        bob.is_active = False
        bob.save()
        with pytest.raises(NotAuthenticated):
            admit(request, case.pk)

    def test_a_token_counts_alone_and_not_with_a_cookie_behind_it(self, case, alice, bob):
        assert admit(asking(Authorization=f"bearer {issue(bob, 'x')[1]}"), case.pk)[0].user_id == bob.pk
        with pytest.raises(AuthenticationFailed):
            admit(asking(alice, Authorization="Bearer lx_wrong"), case.pk)

    def test_a_token_that_ran_out_is_none(self, case, bob):
        token, plain = issue(bob, "x", days=1)
        ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        with pytest.raises(AuthenticationFailed):
            admit(asking(Authorization=f"Bearer {plain}"), case.pk)

    def test_what_is_kept_of_a_visitor_signs_nobody_in(self, by_token, by_session, bob):
        plain = issue(bob, "y")[1]
        kept = admit(asking(Authorization=f"Bearer {plain}"), None)[0]
        assert kept.token_digest == hashlib.sha256(plain.encode()).digest()
        assert plain not in repr(kept) and bob.password not in repr(by_session)


@pytest.mark.django_db
class TestOpenCases:
    @pytest.fixture(params=["by_session", "by_token"])
    def visitor(self, request) -> Visitor:
        return request.getfixturevalue(request.param)

    def test_a_member_may_go_on_and_follows_what_is_added(self, visitor, case, other_case, bob):
        assert cases_open_to([visitor]) == {visitor: {case.pk}}
        Membership.objects.create(case=other_case, user=bob, role=Role.VIEWER)
        assert cases_open_to([visitor]) == {visitor: {case.pk, other_case.pk}}

    def test_a_removed_member_is_still_signed_in_but_has_no_case(self, visitor, bob):
        Membership.objects.filter(user=bob).delete()
        assert cases_open_to([visitor]) == {visitor: frozenset()}

    def test_who_is_inactive_or_gone_is_not_in_the_answer(self, visitor, bob):
        bob.is_active = False
        bob.save()
        assert cases_open_to([visitor]) == {}
        bob.delete()
        assert cases_open_to([visitor]) == {}

    def test_a_session_ends_by_logout_by_time_and_by_a_new_password(self, by_session, bob):
        session = Session.objects.get()
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
        assert cases_open_to([by_session]) == {}
        Session.objects.update(expire_date=session.expire_date)
        assert by_session in cases_open_to([by_session])
        bob.set_password("another long password")
        bob.save()
        assert cases_open_to([by_session]) == {}
        Session.objects.all().delete()
        assert cases_open_to([by_session]) == {}

    def test_a_token_ends_when_revoked_when_it_runs_out_and_not_by_a_new_password(self, by_token, bob):
        bob.set_password("another long password")
        bob.save()
        assert by_token in cases_open_to([by_token])
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert cases_open_to([by_token]) == {}
        ApiToken.objects.all().delete()
        assert cases_open_to([by_token]) == {}

    def test_one_persons_token_or_session_is_no_use_to_another(self, by_token, by_session, charlie):
        stolen = Visitor(charlie.pk, token_digest=by_token.token_digest)
        borrowed = Visitor(charlie.pk, session_key=by_session.session_key, session_hash=by_session.session_hash)
        assert cases_open_to([stolen]) == {stolen: frozenset()} or cases_open_to([stolen]) == {}
        assert cases_open_to([stolen, borrowed]) == {}

    def test_an_outsider_has_no_cases(self, case, charlie):
        visitor, case_ids = admit(asking(charlie), None)
        assert case_ids == frozenset() and cases_open_to([visitor]) == {visitor: frozenset()}

    def test_nobody_asked_nobody_answered(self, db):
        assert cases_open_to([]) == {}


def told() -> list[str]:
    """Whose rights somebody was told to look at again, since the streams were last emptied."""
    found = [fields["admission"] for _, fields in bus.client().xrange(bus.notice_stream()) if "admission" in fields]
    bus.client().delete(bus.notice_stream())
    return found


@pytest.mark.django_db(transaction=True)
class TestTelling:
    @pytest.fixture(autouse=True)
    def _silence(self, case, bob):
        told()

    def test_every_way_to_change_a_membership_is_told(self, case, other_case, bob):
        told()
        made = Membership.objects.create(case=other_case, user=bob, role=Role.VIEWER)
        made.role = Role.MANAGER
        made.save()
        made.delete()
        assert told() == [str(bob.pk)] * 3
        Membership.objects.filter(case=case).delete()
        assert str(bob.pk) in told()

    def test_a_deleted_case_and_a_deleted_person_are_told(self, case, alice, bob):
        pk = bob.pk
        bob.delete()
        assert str(pk) in told()
        Case.objects.filter(pk=case.pk).delete()
        assert told() == [str(alice.pk)]

    def test_tokens_people_and_signing_out_are_told(self, bob):
        token, _ = issue(bob, "x")
        token.delete()
        assert told() == [str(bob.pk)] * 2
        bob.is_active = False
        bob.save()
        bob.is_active = True
        bob.save(update_fields=["is_active"])
        assert told() == [str(bob.pk)] * 2
        client = Client()
        client.force_login(bob)
        assert told() == [], "signing in changes nobody's rights"
        client.logout()
        assert told() == [str(bob.pk)]

    def test_the_api_tells_a_removal_too(self, api, alice, bob, case):
        assert api(alice).delete(f"/api/v1/cases/{case.pk}/members/bob/").status_code == 204
        assert str(bob.pk) in told()

    def test_what_is_rolled_back_is_not_told(self, bob):
        from django.db import transaction

        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Membership.objects.get(user=bob).delete()
            1 / 0
        assert told() == []

    def test_a_redis_that_is_away_is_no_obstacle(self, bob, monkeypatch, settings, tmp_path):
        settings.REDIS_URL = f"unix://{tmp_path}/nothing"
        Membership.objects.get(user=bob).delete()
        assert not Membership.objects.filter(user=bob).exists()

    def test_telling_twice_is_telling_once(self, bob):
        admission_notice.tell_changes()
        Membership.objects.get(user=bob).delete()
        assert told() == [str(bob.pk)]
