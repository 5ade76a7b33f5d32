"""From tokens to a tree. The order of lawyers' search services: OR binds closest, then w/n and its like, then AND.

    all      := near (AND? near)*            words side by side are all wanted
    near     := either (w/n either)*         NOT before w/n: not so near
    either   := operand (OR operand)*
    operand  := NOT operand | ( all ) | word | wildcard | phrase | field

What makes no sense is left out and noted; nothing is an error but what would be too much work.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from search.language.errors import QueryError
from search.language.tokens import OPERANDS, Kind, Token
from search.language.tree import (
    And,
    Field,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Wildcard,
    Within,
    Word,
    all_of,
    any_of,
    written,
)

MAX_DEPTH = 40
# “(a AND b) w/5 (c AND d)” asks for four pairs; parentheses inside each other multiply them.
MAX_PAIRS = 400
UNBALANCED = "A parenthesis has no partner and was left out."


def tree(found: Sequence[Token], notes: list[str]) -> Node | None:
    """What the tokens ask for, None if there is no word among them.

    Raises QueryError(query_too_deep | query_too_complex).
    """
    reader = _Reader(found, notes)
    parts = []
    while reader.left():
        parts.append(reader.all())
        if reader.left():
            # Only a closing parenthesis that opens nowhere stops the reading.
            reader.take()
            notes.append(UNBALANCED)
    node = all_of([part for part in parts if part is not None])
    if node is not None and reader.mixed:
        notes.append(f"Read as: {written(node)}. Parentheses change that.")
    elif reader.side_by_side:
        notes.append("Words side by side were read as joined by AND.")
    return node


def uses_operators(found: Sequence[Token]) -> bool:
    """Whether the question is more than words, phrases, fields and what to leave out."""
    for here, following in zip(found, [*found, None][1:], strict=True):
        if here.kind in (Kind.AND, Kind.OR, Kind.NEAR, Kind.WILDCARD):
            return True
        if here.kind is Kind.OPEN and here.excluded:
            return True
        if here.kind is Kind.NOT and following is not None and following.kind is Kind.OPEN:
            return True
    return False


class _Reader:
    def __init__(self, found: Sequence[Token], notes: list[str]) -> None:
        self.found, self.notes = found, notes
        self.at = self.depth = self.pairs = 0
        self.mixed = self.side_by_side = False

    def left(self) -> bool:
        return self.at < len(self.found)

    def kind(self, ahead: int = 0) -> Kind | None:
        return self.found[self.at + ahead].kind if self.at + ahead < len(self.found) else None

    def take(self) -> Token:
        self.at += 1
        return self.found[self.at - 1]

    def all(self) -> Node | None:
        parts: list[Node] = []
        kinds: set[str] = set()
        joined = negated = False
        while self.kind() not in (None, Kind.CLOSE):
            kind = self.kind()
            if kind is Kind.AND:
                if not parts or joined:
                    self.without_side()
                joined = True
                self.take()
                continue
            if kind is Kind.NOT:
                self.take()
                negated = not negated
                continue
            if kind in (Kind.OR, Kind.NEAR):
                self.without_side()
                self.take()
                continue
            node = self.near(kinds)
            if node is None:
                continue
            if parts:
                kinds.add("and")
                self.side_by_side |= not joined and not negated and not isinstance(node, Not | Field)
            parts.append(Not(node) if negated else node)
            joined = negated = False
        if negated:
            self.notes.append("“NOT” has nothing to leave out.")
        self.mixed |= "or" in kinds and len(kinds) > 1
        return all_of(parts)

    def without_side(self) -> None:
        typed = self.found[self.at].typed
        self.notes.append(f"“{typed}” has nothing on one side and was left out.")

    def near(self, kinds: set[str]) -> Node | None:
        node = self.either(kinds)
        while True:
            apart = self.kind() is Kind.NOT and self.kind(1) is Kind.NEAR
            if not (apart or self.kind() is Kind.NEAR) or node is None:
                return node
            if self.kind(1 + apart) not in (*OPERANDS, Kind.NOT):
                return node
            if apart:
                self.take()
            operator = self.take()
            right = self.either(kinds)
            if right is None:
                continue
            kinds.add("near")
            node = self.joined(node, right, operator, apart)

    def either(self, kinds: set[str]) -> Node | None:
        parts = [self.operand()]
        while self.kind() is Kind.OR and self.kind(1) in (*OPERANDS, Kind.NOT):
            self.take()
            kinds.add("or")
            parts.append(self.operand())
        return any_of([part for part in parts if part is not None])

    def operand(self) -> Node | None:
        negated = False
        while self.kind() is Kind.NOT:
            self.take()
            negated = not negated
        if self.kind() not in OPERANDS:
            return None
        token = self.take()
        node = self.group(token) if token.kind is Kind.OPEN else leaf(token)
        if node is None:
            return None
        return Not(node) if negated != token.excluded else node

    def group(self, token: Token) -> Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QueryError("query_too_deep", f"Please use fewer parentheses: at most {MAX_DEPTH} inside each other.")
        node = self.all()
        self.depth -= 1
        if self.kind() is Kind.CLOSE:
            self.take()
        else:
            self.notes.append(UNBALANCED)
        return node

    def joined(self, left: Node, right: Node, operator: Token, apart: bool) -> Node:
        """w/n between what can stand in one place; And, Not and fields inside are taken out of it first."""
        distance = operator.distance

        def pair(left: Node, right: Node) -> Node:
            self.pairs += 1
            if self.pairs > MAX_PAIRS:
                raise QueryError("query_too_complex", "Please put fewer parentheses with AND beside w/n.")
            for side, again in (
                (left, lambda part: pair(part, right)),
                (right, lambda part: pair(left, part)),
            ):
                if _in_one_place(side):
                    continue
                return self.taken_out(side, again, right if side is left else left, operator)
            if distance.unit:
                return Within(left, right, distance.unit, apart)
            return Near(left, right, distance.words, distance.ordered, apart)

        return pair(left, right)

    def taken_out(self, side: Node, again: Callable[[Node], Node], other: Node, operator: Token) -> Node:
        if isinstance(side, And | Or):
            parts = [again(part) for part in side.children]
            made = all_of(parts) if isinstance(side, And) else any_of(parts)
            assert made is not None
            return made
        # Not and Field speak of documents, not of places in them.
        self.notes.append(f"“{written(side)}” beside {operator.typed} was read as a condition on the whole document.")
        made = all_of([other, side])
        assert made is not None
        return made


def _in_one_place(node: Node) -> bool:
    if isinstance(node, Or):
        return all(map(_in_one_place, node.children))
    return isinstance(node, Word | Wildcard | Phrase | Near | Within)


def leaf(token: Token) -> Node:
    """The node of a WORD, WILDCARD, PHRASE or FIELD token."""
    if token.kind is Kind.FIELD:
        return Field(token.name, token.text)
    if token.kind is Kind.WILDCARD:
        return Wildcard(token.text)
    return Phrase(token.text) if token.kind is Kind.PHRASE else Word(token.text)


def as_words(found: Sequence[Token]) -> list[Token]:
    """AND, OR, NOT and distances as the words they are spelled with."""
    operators = (Kind.AND, Kind.OR, Kind.NOT, Kind.NEAR)
    return [replace(token, kind=Kind.WORD) if token.kind in operators else token for token in found]
