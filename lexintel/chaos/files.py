"""What is imported while things go wrong: documents of many kinds, the same for the same seed."""

import io
import random
import zipfile
from email.message import EmailMessage

from reportlab.pdfgen.canvas import Canvas

WORDS = (
    "agreement breach counsel damages deposition disclosure evidence exhibit hearing indemnity invoice jury letter "
    "liability motion notice order party payment plaintiff pleading privilege record remedy schedule settlement "
    "statement testimony transcript warranty witness"
).split()
# Of every twenty documents so many are of a kind; the rest are letters.
KINDS = ("short", "short", "short", "short", "long", "mail", "archive", "damaged", "empty", "copy")
OF_EACH = 20
LONG_PAGES = (60, 180)


def documents(count: int, seed: int) -> dict[str, bytes]:
    """Content by name."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    made: dict[str, bytes] = {}
    for number in range(count):
        kind = KINDS[number % OF_EACH] if number % OF_EACH < len(KINDS) else "letter"
        suffix, content = _make(kind, number, chance, made)
        made[f"{number:04}-{kind}{suffix}"] = content
    return made


def slow_pdf(pages: int) -> bytes:
    """A document whose every page has a table, so that a few hundred take seconds to read."""
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    for page in range(1, pages + 1):
        canvas.drawString(72, 760, f"Schedule {page} of the slow matter.")
        for i in range(10):
            canvas.line(72, 700 - i * 20, 500, 700 - i * 20)
            canvas.line(72 + i * 40, 500, 72 + i * 40, 700)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _make(kind: str, number: int, chance: random.Random, made: dict[str, bytes]) -> tuple[str, bytes]:
    if kind == "short":
        return ".pdf", _pdf(number, chance.randint(1, 4), chance)
    if kind == "long":
        return ".pdf", _pdf(number, chance.randint(*LONG_PAGES), chance)
    if kind == "mail":
        return ".eml", _mail(number, chance)
    if kind == "archive":
        return ".zip", _archive(number, chance)
    if kind == "damaged":
        return ".pdf", _pdf(number, 2, chance)[: chance.randint(20, 200)]
    if kind == "empty":
        return ".txt", b""
    letters = [name for name in made if "letter" in name]
    if kind == "copy" and letters:
        return ".txt", made[chance.choice(letters)]
    return ".txt", _letter(number, chance).encode()


def _sentences(chance: random.Random, count: int) -> list[str]:
    return [" ".join(chance.choices(WORDS, k=chance.randint(5, 14))).capitalize() + "." for _ in range(count)]


def _letter(number: int, chance: random.Random) -> str:
    return f"Letter number {number}.\n\n" + "\n".join(_sentences(chance, chance.randint(3, 60)))


def _pdf(number: int, pages: int, chance: random.Random) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    for page in range(1, pages + 1):
        canvas.drawString(72, 760, f"Paper {number}, page {page}.")
        for line, sentence in enumerate(_sentences(chance, 12)):
            canvas.drawString(72, 740 - 14 * line, sentence[:90])
        for i in range(8):  # a table's rules
            canvas.line(72, 500 - i * 20, 480, 500 - i * 20)
            canvas.line(72 + i * 40, 300, 72 + i * 40, 500)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _mail(number: int, chance: random.Random) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "counsel@example.org", "clerk@example.org"
    mail["Subject"], mail["Date"] = f"Matter {number}", "Mon, 04 Mar 2024 10:00:00 +0000"
    mail.set_content("\n".join(_sentences(chance, 8)))
    mail.add_attachment(_letter(number, chance).encode(), maintype="text", subtype="plain", filename="enclosed.txt")
    mail.set_boundary(f"part-{number}")
    return mail.as_bytes()


def _archive(number: int, chance: random.Random) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in range(chance.randint(2, 5)):
            info = zipfile.ZipInfo(f"folder/member-{number}-{member}.txt")
            archive.writestr(info, f"Member {member} of {number}.\n" + _letter(number, chance))
        archive.writestr(zipfile.ZipInfo("paper.pdf"), _pdf(number, 2, chance))
    return file.getvalue()
