"""All killers, by name."""

from extraction.tests.killers import archives, images, mail, office, older_office, pdf, pdf_loops, text, xml
from extraction.tests.killers.kind import Killer

FAMILIES = {
    "PDF": [*pdf.KILLERS, *pdf_loops.KILLERS],
    "Archives": archives.KILLERS,
    "XML": xml.KILLERS,
    "Office": office.KILLERS,
    "Older office": older_office.KILLERS,
    "Pictures": images.KILLERS,
    "E-mail": mail.KILLERS,
    "Text": text.KILLERS,
}
KILLERS: dict[str, Killer] = {killer.name: killer for family in FAMILIES.values() for killer in family}
