"""What every lane looks like: (question, where to look, how many at most) → hits, best first."""

from collections.abc import Callable

from search.lanes import Hit
from search.query import Query
from search.scope import Scope

Lane = Callable[[Query, Scope, int], list[Hit]]
