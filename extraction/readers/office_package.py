"""What DOCX, XLSX and PPTX have in common: parts and their relationships, properties, embedded files."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import ole_object, xml_safely
from extraction.readers.base import Member
from extraction.readers.pictures import worth_keeping
from extraction.readers.zip_container import MAX_PARTS, Container

PROPERTIES = {
    "title": "title",
    "subject": "subject",
    "creator": "author",
    "lastModifiedBy": "modified_by",
    "created": "created",
    "modified": "modified",
    "lastPrinted": "printed",
    "keywords": "keywords",
    "description": "comments",
    "category": "category",
    "revision": "revision",
    "Application": "producer",
    "Company": "company",
    "Manager": "manager",
}
MAX_MEMBERS = 2000
MAX_KNOWN = 16


@dataclass(frozen=True)
class Relation:
    kind: str
    target: str
    external: bool


class Package:
    """An opened OOXML file. Raises PermanentError(corrupt | archive_limit)."""

    def __init__(self, file: BinaryIO) -> None:
        self.zip = Container(file, max_entries=MAX_PARTS)
        self._known: dict[str, dict[str, Relation]] = {}

    def main_part(self) -> str:
        """The name of the part that holds the document itself."""
        found = self.related("", "officeDocument")
        if not found or found[0] not in self.zip:
            raise PermanentError("corrupt", "no main part")
        return found[0]

    def relations(self, part: str) -> dict[str, Relation]:
        """Relationships of a part ("" for the package) by id; targets are names of parts or, external, addresses."""
        if part not in self._known:
            # They are asked for a dozen times while a part is read, and then no more.
            if len(self._known) > MAX_KNOWN:
                self._known.clear()
            self._known[part] = self._relations(part)
        return self._known[part]

    def _relations(self, part: str) -> dict[str, Relation]:
        folder, name = posixpath.split(part)
        try:
            root = xml_safely.parse(self.zip.read(f"{folder}/_rels/{name}.rels".lstrip("/")))
        except KeyError:
            return {}
        found = {}
        for relation in xml_safely.children(root, "Relationship"):
            target, external = relation.get("Target", ""), relation.get("TargetMode") == "External"
            if not external:
                target = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
            kind = relation.get("Type", "").rpartition("/")[2]
            found[relation.get("Id", "")] = Relation(kind, target, external)
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """Names of the parts of one kind to which a part points, each once."""
        found = (r.target for r in self.relations(part).values() if r.kind == kind and not r.external)
        return list(dict.fromkeys(found))

    def meta(self) -> dict[str, str]:
        """Facts of the core and the extended properties; damaged ones are left out."""
        found: dict[str, str] = {}
        for name in self.related("", "core-properties") + self.related("", "extended-properties"):
            try:
                root = xml_safely.parse(self.zip.read(name, 1 << 20))
            except (KeyError, PermanentError):
                continue
            for element in root:
                ours, text = PROPERTIES.get(xml_safely.local(element)), xml_safely.text_of(element).strip()
                if ours and text:
                    found[ours] = text
        return found

    def outside_links(self, part: str) -> bool:
        """Whether opening the file in its program would fetch something: a template, a picture, a data source."""
        fetched = {"attachedTemplate", "image", "oleObject", "externalLinkPath", "frame", "subDocument"}
        return any(r.external and r.kind in fetched for r in self.relations(part).values())

    def members(self) -> Iterator[Member]:
        """Embedded files, then pictures large enough to say something."""
        names = [n for n in self.zip.names() if "/embeddings/" in n.lower()][:MAX_MEMBERS]
        pictures = [n for n in self.zip.names() if "/media/" in n.lower()]
        for name in names:
            yield from self._embedded(name)
        for name in pictures[: MAX_MEMBERS - len(names)]:
            try:
                data = self.zip.read(name)
            except PermanentError:
                continue
            if worth_keeping(data):
                yield Member(posixpath.basename(name), (data,))

    def _embedded(self, name: str) -> Iterator[Member]:
        if not name.lower().endswith(".bin"):
            yield Member(posixpath.basename(name), self._pieces(name))
            return
        try:
            data = self.zip.read(name, 256 << 20)
        except PermanentError:
            return
        if found := ole_object.unwrap(data):
            yield Member(found[0] or posixpath.basename(name), (found[1],))

    def _pieces(self, name: str) -> Iterator[bytes]:
        stream = self.zip.stream(name)
        while piece := stream.read(1 << 18):
            yield piece
