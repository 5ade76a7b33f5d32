"""The fictional matter: its case, its people, and the facts on which all its documents agree or disagree.

The documents' prose states these facts in its own words; the tests hold both together.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class SampleCase:
    """`parties`: name, role, counsel."""

    name: str
    reference: str
    court: str
    description: str
    parties: tuple[tuple[str, str, str], ...]


CASE_NUMBER = "3:23-cv-00418-LMO"
COURT = "United States District Court for the District of East Merrow"
PLAINTIFF = "Halden Cold Storage, LLC"
DEFENDANT = "Corvane Refrigeration Systems, Inc."
PLAINTIFF_COUNSEL = "Larkmoor & Vance LLP"
DEFENDANT_COUNSEL = "Calder Pemberwick LLP"

# Custodians, as productions name them.
ADEYEMI, SOLA = "Ruth Adeyemi", "Marguerite Sola"
LINDQVIST, PRYCE, STROUD = "Odette Lindqvist", "Gideon Pryce", "Harriet Stroud"
DOCKET = "Court file"

# Facts that more than one document states.
PRICE = "$4,860,000"
AMENDED_PRICE = "$5,172,500"
FINAL_MILESTONE = "$517,250.00"
SERVICE_INVOICES = "$86,420.00"
COUNTERCLAIM = "$603,670.00"
DELAY_DAMAGES = "$110,500"
FIRST_CAP, AMENDED_CAP = "$2,500,000", "$1,750,000"
PRODUCT_LOSS, SALVAGE, NET_LOSS = "$3,402,673.90", "$97,840.30", "$3,304,833.60"
DISPOSAL, CLAIM = "$41,615.00", "$3,346,448.60"

CASE = SampleCase(
    name=f"{PLAINTIFF} v. {DEFENDANT}",
    reference=CASE_NUMBER,
    court=COURT,
    description=(
        "Sample case: every person, company, place and court in it is invented.\n\n"
        "A refrigerated warehouse in Port Ambry lost 1,184 pallets of frozen food in the night of July 8 to 9, 2023, "
        "eleven days after its supplier had updated the refrigeration plant's software. The supplier's log says that "
        "the night supervisor acknowledged the alarm at 11:51 p.m.; she says that she never got one. The parties "
        "dispute who was to check the alarm call-out list, whether the condensers had been cleaned, whether notice "
        "was given in time, and which limit of liability applies: that of the agreement or that of its amendment."
    ),
    parties=(
        (PLAINTIFF, "Plaintiff and Counterclaim Defendant", PLAINTIFF_COUNSEL),
        (DEFENDANT, "Defendant and Counterclaim Plaintiff", DEFENDANT_COUNSEL),
    ),
)
