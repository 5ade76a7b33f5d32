"""Clause concepts: what people ask for, and the words in which contracts and court papers say it.

    “Can either side end it without cause?” ─▶ termination_for_convenience ─▶ “at any time … upon days prior notice”

Hand-written, in clause_concepts.toml; a site adds its own. Measured inside contracts, such terms are the second
strongest lever after finding the right document.
"""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import snowballstemmer

FILE = Path(__file__).with_name("clause_concepts.toml")
# More concepts than this in one question say nothing in particular.
MOST = 3
_WORD = re.compile(r"[a-z]+")
_COMMON = frozenset(
    "a an and are at be by can do does for from has have if in is it its of on or that the this to "
    "was were what when which who why how will with under any there".split()
)


@dataclass(frozen=True)
class Concept:
    """`asks`: stems that must all occur in a question, one set per wording; `says`: the wording of passages."""

    name: str
    asks: tuple[frozenset[str], ...]
    says: tuple[str, ...]


def read(path: Path) -> dict[str, Concept]:
    """The concepts of a file. Raises ValueError, naming the entry, if it does not have their form."""
    concepts = {}
    for name, entry in tomllib.loads(path.read_text()).items():
        asks, says = (entry.get(key) or () if isinstance(entry, dict) else () for key in ("asks", "says"))
        if not _texts(asks) or not _texts(says):
            raise ValueError(f"{path.name}: [{name}] needs “asks” and “says”, lists of texts")
        if not all(map(_stems, asks)):
            raise ValueError(f"{path.name}: [{name}] asks for nothing but words that every question has")
        concepts[name] = Concept(name, tuple(_stems(text) for text in asks), tuple(says))
    return concepts


def _texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) and v.strip() for v in value)


@functools.cache
def known(extra: str = "") -> tuple[Concept, ...]:
    """Ours, and those of the file `extra`, which replace ours of the same name."""
    return tuple((read(FILE) | (read(Path(extra)) if extra else {})).values())


def concepts_in(question: str, extra: str = "") -> list[Concept]:
    """The concepts that a question asks for, those with the most words of it first."""
    said = _stems(question)
    found = [
        (max(len(ask) for ask in c.asks if ask <= said), c) for c in known(extra) if any(a <= said for a in c.asks)
    ]
    most = max((size for size, _ in found), default=0)
    # “Cap on liability” must not also be read as “liability”: what matched fewer words gives way.
    return [concept for size, concept in sorted(found, key=lambda f: -f[0]) if size == most][:MOST]


_stemmer = snowballstemmer.stemmer("english")


@functools.lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    words = [w for w in _WORD.findall(text.lower()) if w not in _COMMON]
    return frozenset(_stemmer.stemWords(words))
