"""The sample case: a fictional matter as a folder of files, to try everything on."""

from dataclasses import dataclass
from pathlib import Path

from extraction.sample.matter import CASE, SampleCase

__all__ = ["CASE", "SampleCase", "SampleFile", "write_sample_case"]


@dataclass(frozen=True)
class SampleFile:
    """`path`: where the file lies below the folder it was written to, with `/` between the parts.

    `hard`: it needs OCR, a password or mending.
    """

    path: str
    custodian: str
    hard: bool = False


def write_sample_case(root: Path) -> list[SampleFile]:
    """Write all files below `root`; the bytes are the same at every run. Raises OSError if that fails."""
    # Here, so that a process that only shows the case's name does not load what sets its pages.
    from extraction.sample.producers import PRODUCERS

    written = []
    for producer in PRODUCERS:
        target = root / producer.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(producer.build())
        written.append(SampleFile(producer.path, producer.custodian, producer.hard))
    return written
