"""The product lost in the warehouse, lot by lot: the figures behind the ledger and the expert's tables.

The lots come from fixed arithmetic, so that the totals quoted in the pleadings stay true; a test adds them up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache


@dataclass(frozen=True)
class Lot:
    """`value_cents`: declared value. `salvage_cents`: what the renderer paid for it."""

    number: str
    customer: str
    product: str
    room: str
    received: date
    pallets: int
    pounds: int
    value_cents: int
    salvage_cents: int


@dataclass(frozen=True)
class Customer:
    """`products`: name, pounds a pallet, cents a pound. `salvage`: cents a pound the renderer paid."""

    name: str
    prefix: str
    pallets: int
    products: tuple[tuple[str, int, int], ...]
    salvage: int


CUSTOMERS = (
    Customer(
        "Pell Harbor Seafoods, Inc.",
        "PHS",
        612,
        (
            ("Coho salmon, whole, H&G", 1540, 215),
            ("Sockeye fillets, skin-on", 1360, 298),
            ("Pollock blocks", 1720, 142),
            ("Rockfish fillets", 1290, 246),
            ("Spot prawns, tails", 980, 471),
        ),
        11,
    ),
    Customer(
        "Ambry Growers Cooperative",
        "AGC",
        391,
        (
            ("Blueberries, IQF", 1450, 138),
            ("Raspberries, IQF", 1280, 192),
            ("Cranberries, whole", 1510, 94),
            ("Marionberry puree, drums", 1650, 127),
        ),
        0,
    ),
    Customer(
        "Norrland Provisions, Ltd.",
        "NPL",
        181,
        (
            ("Vegetable gratin, retail", 1120, 224),
            ("Fish pie, food service", 1340, 189),
            ("Bread dough, par-baked", 890, 263),
        ),
        3,
    ),
)
FIRST_RECEIPT = date(2023, 2, 21)


@lru_cache(maxsize=1)
def lots() -> tuple[Lot, ...]:
    """Every lot, by customer and in the order it was received."""
    return tuple(lot for customer in CUSTOMERS for lot in _lots_of(customer))


def _lots_of(customer: Customer) -> Iterator[Lot]:
    left, index = customer.pallets, 0
    while left:
        pallets = min(left, 6 + (index * 7 + len(customer.prefix) + customer.pallets) % 12)
        product, pounds_each, cents = customer.products[(index * 3 + index // 4) % len(customer.products)]
        pounds = pallets * (pounds_each + 10 * ((index * 5) % 7 - 3))
        yield Lot(
            number=f"{customer.prefix}-{23_104 + index * 17 + index % 5}",
            customer=customer.name,
            product=product,
            room="3B" if index % 3 == 2 else "3A",
            received=FIRST_RECEIPT + timedelta(days=index * 131 // (1 + customer.pallets // 11)),
            pallets=pallets,
            pounds=pounds,
            value_cents=pounds * cents,
            salvage_cents=pounds * customer.salvage,
        )
        left -= pallets
        index += 1


def of(customer: str, room: str | None = None) -> list[Lot]:
    """A customer's lots, in one room or in both."""
    return [lot for lot in lots() if lot.customer == customer and room in (None, lot.room)]


def dollars(cents: int) -> str:
    """`$3,284,617.40`."""
    return f"${cents // 100:,}.{cents % 100:02d}"
