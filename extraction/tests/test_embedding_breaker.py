"""The pause after failures."""

import threading

import pytest

from extraction.embedding import EmbeddingUnavailable
from extraction.embedding.breaker import CircuitBreaker


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(failures=3, pause_s=30, clock=clock)


def fail(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(EmbeddingUnavailable, match="down"), breaker.watched():
            raise EmbeddingUnavailable("It is down.")


def is_asked(breaker: CircuitBreaker) -> bool:
    try:
        with breaker.watched():
            return True
    except EmbeddingUnavailable:
        return False


def test_three_failures_in_a_row_make_a_pause_of_thirty_seconds(breaker, clock):
    fail(breaker, 3)
    clock.now += 29.9
    assert not is_asked(breaker)
    clock.now += 0.1
    assert is_asked(breaker)


def test_a_success_between_starts_the_count_again(breaker):
    fail(breaker, 2)
    assert is_asked(breaker)
    fail(breaker, 2)
    assert is_asked(breaker)


def test_the_pause_says_what_failed_and_when_it_ends(breaker, clock):
    fail(breaker, 3)
    clock.now += 10.5
    with pytest.raises(EmbeddingUnavailable, match=r"It is down\. It is asked again in 20 s\."), breaker.watched():
        pytest.fail("asked during the pause")


def test_a_trial_that_fails_starts_the_next_pause_at_once(breaker, clock):
    fail(breaker, 3)
    clock.now += 30
    fail(breaker)
    clock.now += 29
    assert not is_asked(breaker)
    clock.now += 1
    assert is_asked(breaker)
    assert is_asked(breaker)


def test_only_one_goes_on_trial_while_the_others_wait(breaker, clock):
    fail(breaker, 3)
    clock.now += 30
    with breaker.watched():
        others = []
        thread = threading.Thread(target=lambda: others.append(is_asked(breaker)))
        thread.start()
        thread.join()
    assert others == [False]
    assert is_asked(breaker)


def test_a_mistake_of_ours_is_no_failure_of_the_endpoint(breaker):
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), breaker.watched():
            1 / 0
    assert is_asked(breaker)
