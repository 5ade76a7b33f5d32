"""Texts for labelled pages, chosen and mixed by a seed: prose in several languages, lists, figures, and garbage."""

import random
import string
from pathlib import Path

from extraction.sample import producers

_TEXTS = Path(producers.__file__).with_name("texts")
FOREIGN = {
    "deu": "Der Auftragnehmer hat die Anlage bis zum Ablauf der gesetzten Frist nicht in Betrieb genommen. Die "
    "Klägerin verlangt deshalb Ersatz der Kosten für die Miete fremder Kühlräume. Das Gericht hat beschlossen, "
    "über die Größe der Lagerflächen Beweis durch Einholung eines Gutachtens zu erheben. Zeugen wurden nicht gehört.",
    "fra": "La société requérante soutient que le contrat a été résilié sans préavis. Elle demande la réparation du "
    "préjudice qu'elle a subi du fait de l'arrêt des installations pendant l'été. Le tribunal relève qu'aucune mise en "
    "demeure n'a été adressée à la défenderesse avant le mois de septembre, et rejette la demande.",
    "spa": "La parte demandada niega haber recibido la mercancía en la fecha señalada. Según el informe del perito, "
    "los daños se produjeron durante el transporte y no después. El juzgado acordó oír a los testigos antes de "
    "resolver sobre la indemnización, que asciende a más de trescientos mil euros según la última liquidación.",
    "ita": "Il convenuto ha eccepito la prescrizione del diritto fatto valere con l'atto di citazione. La società "
    "attrice ha prodotto le fatture e la corrispondenza scambiata tra le parti. Il giudice ha disposto una consulenza "
    "tecnica per accertare le cause del guasto e la misura dei danni lamentati.",
    "nld": "De verhuurder heeft de overeenkomst schriftelijk opgezegd wegens achterstallige betaling. De huurder stelt "
    "dat het gebouw al jaren gebreken vertoont en dat hij daarom de huurprijs mocht verminderen. De rechtbank zal de "
    "zaak aanhouden om partijen gelegenheid te geven nadere stukken in te dienen.",
    "por": "A ré contestou a ação alegando que as peças foram entregues dentro do prazo combinado. O autor juntou aos "
    "autos cópia das mensagens trocadas entre os diretores das duas empresas. Não houve acordo na audiência de "
    "conciliação, e o processo seguirá para a produção de provas.",
    "swe": "Köparen har gjort gällande att varorna var felaktiga redan vid leveransen. Säljaren bestrider detta och "
    "menar att skadorna har uppstått under lagringen hos köparen. Hovrätten finner att det inte är styrkt att felen "
    "fanns när risken för varan gick över.",
    "pol": "Pozwany nie zaplacil za dostarczone towary w terminie wynikajacym z umowy. Sad dopuscil dowod z zeznan "
    "swiadkow na okolicznosc przebiegu rozmow miedzy stronami. Powod wnosi o zasadzenie odsetek oraz zwrot kosztow "
    "procesu wedlug norm przepisanych.",
}
# Set with a font of the Japanese character set, which has these letters too.
OTHER_SCRIPTS = {
    "rus": "Ответчик не исполнил обязательства по договору поставки в установленный срок. Истец просит взыскать "
    "неустойку и расходы по оплате услуг представителя. Суд назначил экспертизу для определения причин аварии и "
    "отложил разбирательство до получения заключения.",
    "jpn": "原告は、被告が契約で定められた期日までに冷蔵設備を引き渡さなかったと主張している。裁判所は、当事者双方の"
    "主張を聞いたうえで、次回の期日を指定した。損害の額については、専門家の意見を求めることとする。",
}
_NAMES = (
    "Okonkwo Brandt Szymański Trevanion Nguyen Fitzgerald Castellano Vasterling Kjærgaard Abernathy Xiong Wojcik "
    "McAllister Papadopoulos Yilmaz Deschamps"
).split()


def prose(chosen: random.Random, words: int) -> str:
    """So many words of the sample case's texts from any place, about anything."""
    name = chosen.choice(["complaint", "order", "agreement_terms", "general_terms", "opposition", "minutes", "motion"])
    lines = (_TEXTS / f"{name}.md").read_text(encoding="utf-8").splitlines()
    found = " ".join(line for line in lines if line[:1].isalnum()).replace("*", "").replace("_", "").split()
    start = chosen.randrange(max(1, len(found) - words))
    return _printable(" ".join(found[start : start + words]))


def foreign(chosen: random.Random) -> str:
    sentences = chosen.choice(sorted(FOREIGN.values())).split(". ")
    chosen.shuffle(sentences)
    return ". ".join([*sentences, *chosen.sample(sentences, 2)])


def other_script(chosen: random.Random) -> str:
    text = chosen.choice(sorted(OTHER_SCRIPTS.values()))
    at = chosen.randrange(len(text))
    return text[at:] + text[:at]


def figures(chosen: random.Random, rows: int) -> list[list[str]]:
    """A ledger's rows: dates, numbers, amounts, hardly a word."""
    return [
        [
            f"{chosen.randint(1, 12):02}/{chosen.randint(1, 28):02}/{chosen.randint(2011, 2026)}",
            chosen.choice(["", "Inv.", "Ck", "Adj.", "ACH"]) + str(chosen.randint(100, 99_999)),
            f"{chosen.randint(0, 999)},{chosen.randint(0, 999):03}.{chosen.randint(0, 99):02}",
            chosen.choice(["", f"({chosen.randint(1, 999)}.00)", f"{chosen.randint(0, 100)}%"]),
        ]
        for _ in range(rows)
    ]


def codes(chosen: random.Random, count: int) -> list[str]:
    """Production numbers, part numbers, hashes, addresses, telephone numbers: one kind a page."""
    prefix = "".join(chosen.choices(string.ascii_uppercase, k=chosen.randint(2, 5)))
    kinds = [
        lambda n: f"{prefix}{chosen.randint(1, 99_999):07} - {prefix}{chosen.randint(1, 99_999):07}",
        lambda n: f"{prefix}-{chosen.randint(10, 99)}/{chosen.choice('ABCX')}{chosen.randint(100, 999)} rev {n % 9}",
        lambda n: f"{chosen.choice(_NAMES)}, {chosen.choice(_NAMES[:9])}  {n % 9}{chosen.randint(10, 99)}-555-{n:04}",
        lambda n: (
            f"{chosen.choice(_NAMES)}.{prefix}@{chosen.choice(['haldencold', 'corvane', 'mail'])}.example".lower()
        ),
    ]
    kinds.append(lambda n: f"{chosen.getrandbits(128):032x}  {n % 7}.{n:02} MB")
    kinds.append(lambda n: f"S/N {chosen.randint(10, 99)}{chosen.choice(prefix)}{chosen.getrandbits(40):010X}")
    kind = chosen.choice(kinds)
    return [_printable(kind(n)) for n in range(count)]


def stamps(chosen: random.Random) -> list[str]:
    """What is stamped on pages when they are filed or produced."""
    filed = f"{chosen.randint(1, 12):02}/{chosen.randint(1, 28):02}/{chosen.randint(10, 26)}"
    year, kind, page = chosen.randint(10, 26), chosen.choice(["cv", "cr", "mc"]), chosen.randint(1, 60)
    case = f"{chosen.randint(1, 9)}:{year}-{kind}-{chosen.randint(1, 9999):05}"
    court = f"Case {case}{chosen.choice(['', '-ABC', '-JS-MK'])} Document {chosen.randint(1, 400)}"
    court += chosen.choice(["", f"-{chosen.randint(1, 30)}"])
    court += f" Filed {filed} Page {page} of {page + chosen.randint(0, 40)}"
    bates = "".join(chosen.choices(string.ascii_uppercase, k=chosen.randint(2, 6))) + f"{chosen.randint(1, 9999):06}"
    secret = chosen.choice(
        ["CONFIDENTIAL", "HIGHLY CONFIDENTIAL - ATTORNEYS' EYES ONLY", "SUBJECT TO PROTECTIVE ORDER"]
    )
    return chosen.choice([[court], [bates], [bates, secret], [court, bates], [court, secret, bates]])


def garbage(chosen: random.Random, text: str) -> str:
    """What a text layer says whose font does not say, or lies about, what its glyphs are."""
    letters = string.ascii_letters
    swapped = list(string.ascii_lowercase)
    chosen.shuffle(swapped)
    table = str.maketrans(string.ascii_lowercase + string.ascii_uppercase, "".join(swapped) + "".join(swapped).upper())
    by = chosen.choice([1, 2, 3, 5, 29, 47])
    ways = [
        lambda: "".join(chr(33 + (ord(c) - 33 - by) % 94) if "!" <= c <= "~" else c for c in text),
        lambda: text.translate(table),
        lambda: " ".join("".join(chosen.choices(letters, k=chosen.randint(2, 9))) for _ in text.split()),
        lambda: " ".join(f"(cid:{chosen.randint(1, 300)})" for _ in range(len(text) // 8)),
        lambda: "".join(c if c.isspace() else chosen.choice("#%&*+<=>?@^~|/\\{}!$§¶°±") for c in text),
        lambda: text.translate(str.maketrans("eaionst", "âãÂ¤§¨±")),
    ]
    return _printable(chosen.choice(ways)())


def _printable(text: str) -> str:
    """What the standard fonts of PDF can set."""
    return text.encode("cp1252", "ignore").decode("cp1252")
