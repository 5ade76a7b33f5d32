"""What was found out lately is kept, for so long and not more of it than said."""

from search import recent
from search.recent import Recent


def test_what_was_used_longest_ago_gives_way():
    kept: Recent[str, int] = Recent(2)
    kept.put("one", 1)
    kept.put("two", 2)
    assert kept.get("one") == 1
    kept.put("three", 3)
    assert (kept.get("one"), kept.get("two"), kept.get("three")) == (1, None, 3)


def test_a_value_is_as_old_as_when_it_was_put_in_last(monkeypatch):
    now = 100.0
    monkeypatch.setattr(recent, "monotonic", lambda: now)
    kept: Recent[str, int] = Recent(2)
    kept.put("one", 1)
    now = 105.0
    assert kept.get("one") == 1
    assert kept.get("one", younger_than=5.1) == 1
    assert kept.get("one", younger_than=5) is None
    kept.put("one", 2)
    assert kept.get("one", younger_than=5) == 2


def test_nothing_is_left_after_clearing():
    kept: Recent[str, int] = Recent(2)
    kept.put("one", 1)
    kept.clear()
    assert kept.get("one") is None
