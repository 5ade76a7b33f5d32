"""Who may listen: asked when a stream opens, and for as long as it is open."""

import asyncio
import json
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from cases.models import ApiToken, Membership, Role
from extraction import watch
from extraction.tests.watching import bearer, change, cookie_of, data, in_thread, watching

pytestmark = pytest.mark.django_db(transaction=True)

ALL = "/api/v1/events/"
CLOSED_WITHIN_S = 5.0


def events_of(case) -> str:
    return f"/api/v1/cases/{case.pk}/events/"


async def problem_of(path: str, headers: dict[str, str] | None = None, **options: str) -> tuple[int, dict, dict]:
    async with watching(path, headers, **options) as stream:
        assert stream.headers["content-type"] == "application/problem+json"
        return stream.status, json.loads(await stream.rest()), stream.headers


async def ends_with(stream, reason: str) -> None:
    """The stream says why it ends, in time, and says nothing else before."""
    bye = await stream.next("bye", patience_s=CLOSED_WITHIN_S)
    assert data(bye)["reason"] == reason
    assert await stream.rest() == b""


@pytest.mark.parametrize("path", ["case", "all"])
async def test_nobody_is_let_in_without_signing_in(path, case):
    status, problem, headers = await problem_of(events_of(case) if path == "case" else ALL)
    assert (status, problem["status"], problem["code"]) == (401, 401, "not_authenticated")
    assert headers["www-authenticate"].startswith("Bearer")
    assert "cookie" not in str(problem).lower()


@pytest.mark.parametrize("token", ["lx_unknown", "", "lx_" + "a" * 43, "lx_ä"])
async def test_a_wrong_token_is_refused_even_beside_a_good_cookie(token, case, bob):
    headers = await in_thread(cookie_of, bob) | {"Authorization": f"Bearer {token}"}
    status, problem, _ = await problem_of(events_of(case), headers)
    assert (status, problem["code"]) == (401, "invalid_token")


async def test_an_outsider_cannot_tell_a_case_from_none(case, charlie):
    headers = await in_thread(cookie_of, charlie)
    theirs = await problem_of(events_of(case), headers)
    nobodys = await problem_of("/api/v1/cases/00000000-0000-4000-8000-000000000000/events/", headers)
    assert theirs[0] == nobodys[0] == 404
    assert theirs[1] == nobodys[1]


async def test_a_superuser_who_is_no_member_gets_nothing(case, charlie):
    charlie.is_superuser = charlie.is_staff = True
    await in_thread(charlie.save)
    assert (await problem_of(events_of(case), await in_thread(cookie_of, charlie)))[0] == 404


async def test_a_host_that_is_not_ours_is_refused(case, bob):
    status, problem, _ = await problem_of(events_of(case), await in_thread(cookie_of, bob), host="evil.example")
    assert (status, problem["code"]) == (400, "bad_request")


async def test_while_the_database_is_away_a_new_stream_is_told_when_to_come_again(case, bob, monkeypatch):
    from django.db import OperationalError

    from extraction import consumers

    def away(*args: object) -> None:
        raise OperationalError

    headers = await in_thread(cookie_of, bob)
    monkeypatch.setattr(consumers, "admit", away)
    status, problem, answered = await problem_of(events_of(case), headers)
    assert (status, problem["code"], answered["retry-after"]) == (503, "database_unavailable", "5")


async def test_an_error_of_ours_is_an_answer_without_details(case, bob, monkeypatch):
    from extraction import consumers

    headers = await in_thread(cookie_of, bob)
    monkeypatch.setattr(consumers, "admit", lambda *args: 1 / 0)
    status, problem, _ = await problem_of(events_of(case), headers)
    assert (status, problem["code"]) == (500, "internal_error") and "division" not in str(problem)


async def test_a_removed_member_hears_nothing_more_and_the_stream_ends_in_time(case, alice, bob, put_in):
    document = await in_thread(put_in, case, b"one")
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as removed:
        async with watching(events_of(case), await in_thread(cookie_of, alice)) as stays:
            for stream in (removed, stays):
                await stream.next("snapshot")
            await in_thread(lambda: Membership.objects.get(case=case, user=bob).delete())
            for page in range(1, 6):
                await in_thread(change, document, pages_done=page)
            await ends_with(removed, "removed")
            assert [data(await stays.next("progress"))["page"] for _ in range(5)] == [1, 2, 3, 4, 5]


async def test_a_member_removed_by_a_query_in_bulk_is_found_out_in_time(case, bob):
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        await in_thread(lambda: Membership.objects.filter(user=bob)._raw_delete("default"))
        await ends_with(stream, "removed")


async def test_a_deleted_case_ends_its_streams(other_case, dana):
    from documents.removal import remove_case

    async with watching(events_of(other_case), await in_thread(cookie_of, dana)) as stream:
        await stream.next("snapshot")
        await in_thread(remove_case, other_case)
        await ends_with(stream, "removed")


async def test_a_stream_of_all_cases_goes_on_without_the_one_its_person_was_put_out_of(case, other_case, bob, put_in):
    await in_thread(lambda: Membership.objects.create(case=other_case, user=bob, role=Role.VIEWER))
    lost, kept = await in_thread(put_in, case, b"one"), await in_thread(put_in, other_case, b"two")
    async with watching(ALL, await in_thread(cookie_of, bob)) as stream:
        assert {data(await stream.next("snapshot"))["case"] for _ in range(2)} == {str(case.pk), str(other_case.pk)}
        await in_thread(lambda: Membership.objects.get(case=case, user=bob).delete())
        await in_thread(change, lost, status="processing")
        await in_thread(change, kept, status="processing")
        assert data(await stream.next("progress"))["doc"] == str(kept.pk)
        await stream.nothing_for(0.3)


async def test_a_deactivated_person_hears_nothing_more(case, bob, put_in):
    document = await in_thread(put_in, case, b"one")
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        bob.is_active = False
        await in_thread(bob.save)
        await in_thread(change, document, status="processing")
        await ends_with(stream, "signed_out")


async def test_signing_out_ends_the_streams_of_that_browser_and_of_no_other(case, bob):
    here, there = Client(), Client()
    await in_thread(here.force_login, bob)
    await in_thread(there.force_login, bob)
    cookies = [{"Cookie": f"sessionid={client.cookies['sessionid'].value}"} for client in (here, there)]
    async with watching(events_of(case), cookies[0]) as ended, watching(events_of(case), cookies[1]) as other:
        for stream in (ended, other):
            await stream.next("snapshot")
        await in_thread(here.logout)
        await ends_with(ended, "signed_out")
        await other.nothing_for(0.3)


async def test_a_session_that_runs_out_ends_its_stream(case, bob, monkeypatch):
    monkeypatch.setattr(watch, "EVERY_S", 0.1)
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        await in_thread(lambda: Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1)))
        await ends_with(stream, "signed_out")


async def test_a_new_password_ends_the_streams_of_the_old_one(case, bob):
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        bob.set_password("another long password")
        await in_thread(bob.save)
        await ends_with(stream, "signed_out")


async def test_a_revoked_token_ends_its_stream(case, bob, put_in):
    document = await in_thread(put_in, case, b"one")
    async with watching(events_of(case), await in_thread(bearer, bob)) as stream:
        await stream.next("snapshot")
        await in_thread(lambda: ApiToken.objects.get(user=bob).delete())
        await in_thread(change, document, status="processing")
        await ends_with(stream, "signed_out")


async def test_a_token_that_runs_out_ends_its_stream(case, bob, monkeypatch):
    monkeypatch.setattr(watch, "EVERY_S", 0.1)
    async with watching(events_of(case), await in_thread(bearer, bob)) as stream:
        await stream.next("snapshot")
        await in_thread(lambda: ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1)))
        await ends_with(stream, "signed_out")


async def test_while_nobody_knows_who_may_listen_nobody_hears_anything(case, bob, put_in, monkeypatch):
    from django.db import OperationalError

    known = watch.cases_open_to

    def away(*args: object) -> None:
        raise OperationalError

    document = await in_thread(put_in, case, b"one")
    monkeypatch.setattr(watch, "EVERY_S", 0.1)
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        monkeypatch.setattr(watch, "cases_open_to", away)
        await asyncio.sleep(0.3)
        await in_thread(change, document, pages_done=1)
        await stream.nothing_for(0.3)
        monkeypatch.setattr(watch, "cases_open_to", known)
        assert data(await stream.next("progress"))["page"] == 1


async def test_a_snapshot_that_was_being_taken_when_its_reader_was_put_out_is_not_sent(case, bob, monkeypatch):
    from extraction import snapshot_desk

    def slow(*args: object) -> object:
        taken = take(*args)
        Membership.objects.get(case=case, user=bob).delete()
        time.sleep(0.3)
        return taken

    take = snapshot_desk.take_snapshot
    monkeypatch.setattr(snapshot_desk, "take_snapshot", slow)
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await ends_with(stream, "removed")


async def test_asking_costs_the_same_for_one_stream_as_for_many(case, alice, bob, django_assert_num_queries):
    from extraction.admission import Visitor, cases_open_to

    def ask(visitors: list[Visitor]) -> None:
        with django_assert_num_queries(5):
            cases_open_to(visitors)

    await in_thread(ask, [Visitor(bob.pk, session_key="x")])
    await in_thread(ask, [Visitor(user.pk, session_key=f"x{n}") for user in (alice, bob) for n in range(20)])
