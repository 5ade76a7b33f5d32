"""A limit to how long PostgreSQL may work on a query, kept by PostgreSQL itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import DatabaseError, OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

# Compiling a query of a few milliseconds (jit) takes longer than running it.
_SET = "SELECT set_config('statement_timeout', %s, {local}), set_config('jit', 'off', {local})"
_RESET = "RESET statement_timeout; RESET jit"
# What holds on this thread's connection already, in seconds.
_held: ContextVar[float | None] = ContextVar("held", default=None)


class TookTooLong(Exception):
    """The query was given up."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Each query inside may take this long. Raises TookTooLong, after which the connection is as before.

    One inside another of the same length costs nothing: put it around each part that may be given up, and one around
    all of them.
    """
    try:
        if connection.in_atomic_block:
            with transaction.atomic(), _for_the_transaction(seconds):
                yield
        elif _held.get() == seconds:
            yield
        else:
            with _for_the_session(seconds):
                yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TookTooLong from None
        raise


@contextmanager
def _for_the_transaction(seconds: float) -> Iterator[None]:
    """What is set inside a savepoint outlives it: whoever is around gets the limit back that held before."""
    outer = _held.get()
    with _limited(seconds, local=True):
        yield
    if outer is not None and outer != seconds:
        _limit(outer, local=True)


@contextmanager
def _for_the_session(seconds: float) -> Iterator[None]:
    """Without a transaction, which would cost each query a beginning and an end."""
    outer = _held.get()
    try:
        with _limited(seconds, local=False):
            yield
    finally:
        _restore(outer)


@contextmanager
def _limited(seconds: float, *, local: bool) -> Iterator[None]:
    """Set it, and know that it holds."""
    _limit(seconds, local=local)
    token = _held.set(seconds)
    try:
        yield
    finally:
        _held.reset(token)


def _restore(seconds: float | None) -> None:
    try:
        if seconds is not None:
            _limit(seconds, local=False)
        else:
            with connection.cursor() as cursor:
                cursor.execute(_RESET)
    except DatabaseError:
        # Whoever has it next must not inherit the limit.
        connection.close()


def _limit(seconds: float, *, local: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SET.format(local="true" if local else "false"), [str(int(seconds * 1000))])
