"""At a glance: whether a unit can stand in a text at all. Reading a page word by word takes ten times as long.

breach w/3 contract      breach ␣ (word ␣){0,2} contract, or the other way round
"""

import re

from search.language.matching import Lexicon, atoms
from search.language.tree import Near, Node, Or, Phrase, Unit, Wildcard, Word

# Alternatives are tried one after the other, and every word between costs a step.
MOST_WORDS = 100
MOST_BETWEEN = 50
_GAP, _WORD = r"[\W_]+", r"[^\W_]+"


def glance(unit: Unit, lexicon: Lexicon) -> re.Pattern[str] | None:
    """An expression that every text in which the unit stands fulfils, if the text is ASCII in lower case.

    None where there is none that would be quick.
    """
    if isinstance(unit, Near):
        left, right = _shape(unit.left, lexicon), _shape(unit.right, lexicon)
        if not left or not right or unit.apart or unit.distance > MOST_BETWEEN:
            return None
        between = f"{_GAP}(?:{_WORD}{_GAP}){{0,{unit.distance - 1}}}"
        shape = f"{left}{between}{right}" + ("" if unit.ordered else f"|{right}{between}{left}")
    else:
        shape = _shape(unit, lexicon)
    return re.compile(f"(?<![^\\W_])(?:{shape})(?![^\\W_])", re.ASCII) if shape else None


def _shape(node: Node, lexicon: Lexicon) -> str:
    if isinstance(node, Or):
        shapes = [_shape(child, lexicon) for child in node.children]
        return f"(?:{'|'.join(shapes)})" if all(shapes) else ""
    if not isinstance(node, Word | Wildcard | Phrase):
        return ""
    run = [lexicon.get(atom, ()) for atom in atoms(node)]
    if not run or not all(0 < len(words) <= MOST_WORDS for words in run):
        return ""
    return _GAP.join(f"(?:{'|'.join(map(re.escape, sorted(words)))})" for words in run)
