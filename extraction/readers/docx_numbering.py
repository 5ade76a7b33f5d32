"""The numbers that Word writes before paragraphs ("4.2", "(b)"): computed as Word does, for they are in no text."""

from dataclasses import dataclass, field, replace

from extraction.readers.xml_safely import Element, attribute, child, children

MAX_LEVELS = 9
_ROMAN = [(1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x")]
_ROMAN += [(9, "ix"), (5, "v"), (4, "iv"), (1, "i")]
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True)
class Level:
    """`pattern`: the label, %1 for the count of the first level. `restart_after`: the level (from 1) whose next
    paragraph makes this one begin anew; None for any above it, 0 for none. `restarts`: begins anew in its own list.
    """

    form: str = "decimal"
    pattern: str = ""
    start: int = 1
    legal: bool = False
    restart_after: int | None = None
    restarts: bool = False


@dataclass
class Numbering:
    """The lists of a document and how far each has counted. Lists made of one abstract list count on together."""

    lists: dict[str, tuple[str, dict[int, Level]]] = field(default_factory=dict)
    counters: dict[str, list[int | None]] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)

    def next(self, list_id: str, depth: int) -> str:
        """The label of the next paragraph in a list at a level (from 0), "" if it has none."""
        if list_id not in self.lists or not 0 <= depth < MAX_LEVELS:
            return ""
        abstract, levels = self.lists[list_id]
        counts = self.counters.setdefault(abstract, [None] * MAX_LEVELS)
        level, count = levels.get(depth, Level()), counts[depth]
        anew = level.restarts and (list_id, depth) not in self.used
        self.used.add((list_id, depth))
        counts[depth] = level.start if count is None or anew else count + 1
        for deeper in range(depth + 1, MAX_LEVELS):
            after = levels.get(deeper, Level()).restart_after
            if after is None or depth < after:
                counts[deeper] = None
        for upper in range(depth):
            if counts[upper] is None:
                counts[upper] = levels.get(upper, Level()).start
        return _label(levels, counts, depth)


def read(root: Element) -> Numbering:
    """The lists of numbering.xml."""
    abstracts = {
        attribute(a, "abstractNumId"): {_int(attribute(v, "ilvl"), 0): _level(v) for v in children(a, "lvl")}
        for a in children(root, "abstractNum")
    }
    found = Numbering()
    for number in children(root, "num"):
        based_on = child(number, "abstractNumId")
        abstract = "" if based_on is None else attribute(based_on, "val")
        levels = dict(abstracts.get(abstract, {}))
        for change in children(number, "lvlOverride"):
            depth = _int(attribute(change, "ilvl"), 0)
            if (whole := child(change, "lvl")) is not None:
                levels[depth] = _level(whole)
            if (start := child(change, "startOverride")) is not None:
                first = _int(attribute(start, "val"), 1)
                levels[depth] = replace(levels.get(depth, Level()), start=first, restarts=True)
        found.lists[attribute(number, "numId")] = (abstract, levels)
    return found


def _level(element: Element) -> Level:
    def value(name: str, default: str) -> str:
        found = child(element, name)
        return default if found is None else attribute(found, "val", default)

    restart = child(element, "lvlRestart")
    return Level(
        form=value("numFmt", "decimal"),
        pattern=value("lvlText", ""),
        start=_int(value("start", "1"), 1),
        legal=child(element, "isLgl") is not None,
        restart_after=None if restart is None else _int(attribute(restart, "val"), 0),
    )


def _int(text: str, default: int) -> int:
    try:
        return max(0, min(int(text), 1_000_000))
    except ValueError:
        return default


def _label(levels: dict[int, Level], counts: list[int | None], depth: int) -> str:
    level = levels.get(depth, Level())
    if level.form == "none":
        return ""
    if level.form == "bullet":
        return "•"
    label = level.pattern
    for index in range(MAX_LEVELS):
        mark = f"%{index + 1}"
        if mark in label:
            form = "decimal" if level.legal else levels.get(index, Level()).form
            label = label.replace(mark, _count(counts[index] or 0, form))
    return label.strip()


def _count(number: int, form: str) -> str:
    if form in ("upperRoman", "lowerRoman") and 0 < number < 4000:
        roman = ""
        for value, letters in _ROMAN:
            while number >= value:
                roman, number = roman + letters, number - value
        return roman.upper() if form == "upperRoman" else roman
    if form in ("upperLetter", "lowerLetter") and number > 0:
        # After z comes aa, then bb: the letter is repeated.
        letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 20)
        return letter.upper() if form == "upperLetter" else letter
    if form == "decimalZero":
        return f"{number:02d}"
    if form == "ordinal":
        return f"{number}{'th' if number % 100 in (11, 12, 13) else _ORDINALS.get(number % 10, 'th')}"
    return "" if form == "none" else str(number)
