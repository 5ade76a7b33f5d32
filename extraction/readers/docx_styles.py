"""What a paragraph's style says: whether it is a heading, and which list numbers it."""

from dataclasses import dataclass

from extraction.readers.xml_safely import Element, attribute, child, children, whole_number

# A style is based on another; a circle is cut here.
MAX_CHAIN = 20


@dataclass(frozen=True)
class Style:
    heading: bool = False
    list_id: str = ""
    depth: int = 0
    hidden: bool = False


def read(root: Element) -> dict[str, Style]:
    """Styles of styles.xml by id, each with what it takes from those it is based on."""
    own = {attribute(s, "styleId"): s for s in children(root, "style")}
    return {name: _resolved(name, own) for name in own}


def _resolved(name: str, own: dict[str, Element]) -> Style:
    heading, hidden, list_id, depth = False, False, "", 0
    deep: str | None = None
    for _ in range(MAX_CHAIN):
        element = own.get(name)
        if element is None:
            break
        paragraph, run = child(element, "pPr"), child(element, "rPr")
        heading = heading or _is_heading(element, paragraph)
        hidden = hidden or is_on(child(run, "vanish"))
        numbers = child(paragraph, "numPr")
        if numbers is not None:
            level, number = child(numbers, "ilvl"), child(numbers, "numId")
            if deep is None and level is not None:
                deep = attribute(level, "val")
            if not list_id and number is not None:
                list_id = attribute(number, "val")
        base = child(element, "basedOn")
        name = "" if base is None else attribute(base, "val")
    return Style(heading, list_id, whole_number(deep, depth), hidden)


def _is_heading(element: Element, paragraph: Element | None) -> bool:
    name = child(element, "name")
    if name is not None and attribute(name, "val").lower().startswith(("heading", "title")):
        return True
    level = child(paragraph, "outlineLvl")
    return level is not None and attribute(level, "val") in set("012345678")


def is_on(switch: Element | None) -> bool:
    """Whether a switch such as w:vanish is there and not turned off."""
    return switch is not None and attribute(switch, "val", "1") not in ("0", "false", "off")
