"""The two depositions of the sample case."""

from datetime import date

from extraction.sample.transcript import Deposition, Errata

REPORTER = "Constance Yarrow, CSR No. 4417"

TREVANION = Deposition(
    witness="Miles R. Trevanion",
    taken=date(2024, 8, 22),
    began="9:04 a.m.",
    place="Larkmoor & Vance LLP, 400 Customs House Row, Port Ambry",
    reporter=REPORTER,
    texts=("trevanion_1.txt", "trevanion_2.txt", "trevanion_3.txt"),
    present=(
        "For the Plaintiff and Counterclaim Defendant:",
        "     LARKMOOR & VANCE LLP",
        "     By: IMOGEN R. LARKMOOR",
        "         DESMOND T. ACHTERBERG",
        "     400 Customs House Row",
        "     Port Ambry, Merrow",
        "",
        "For the Defendant and Counterclaim Plaintiff:",
        "     CALDER PEMBERWICK LLP",
        "     By: ANSELM J. CALDER",
        "         PRIYA N. HOLLOWAY",
        "     12 Assize Square, Suite 900",
        "     Port Ambry, Merrow",
        "",
        "Also present:",
        "     Marguerite Sola, Halden Cold Storage, LLC",
        "     Harriet Stroud, Corvane Refrigeration Systems",
        "     Jonas Abernale, videographer",
    ),
    exhibits=(
        (1, "Notice of deposition"),
        (2, "Master Equipment Supply and Services Agreement, HAL-000001"),
        (3, "Amendment No. 1, HAL-000041"),
        (4, "Listing of site folder 0317, COR-000640"),
        (5, "Post-update checklist, COR-000722"),
        (6, "Telephone record, extension 318, COR-000803"),
        (7, "E-mail of June 30, 2023, COR-000727"),
        (8, "Minutes of June 29, 2023, COR-000753"),
        (9, "Alarm history, COR-000793"),
        (10, "E-mail of July 9, 2023, COR-000744"),
        (11, "E-mail of June 2, 2023, HAL-000226"),
    ),
    errata=(
        Errata(
            15,
            25,
            "Eleven hundred dollars, before tax.",
            "Twelve hundred dollars, before tax.",
            "I have since looked it up.",
        ),
        Errata(
            20,
            5,
            "Yes.",
            "I saw the number two. I cannot say that I took it to be short.",
            "To clarify the answer.",
        ),
    ),
)

KESSLER = Deposition(
    witness="Dana Kessler",
    taken=date(2024, 9, 5),
    began="9:30 a.m.",
    place="Calder Pemberwick LLP, 12 Assize Square, Port Ambry",
    reporter=REPORTER,
    texts=("kessler.txt",),
    present=(
        "For the Plaintiff and Counterclaim Defendant:",
        "     LARKMOOR & VANCE LLP",
        "     By: DESMOND T. ACHTERBERG",
        "",
        "For the Defendant and Counterclaim Plaintiff:",
        "     CALDER PEMBERWICK LLP",
        "     By: PRIYA N. HOLLOWAY",
    ),
)
