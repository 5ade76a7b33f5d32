"""The sample case, read and indexed in the scratch installation: text that people write, where none was given."""

import tempfile
from pathlib import Path

from cases.models import Case
from extraction.folder_import import import_file
from extraction.sample import write_sample_case
from lexintel.benchmarks import stages


def sample_record() -> Case:
    """The case; its passages have no vectors yet."""
    case = Case.objects.create(name="Sample", reference="bench-sample")
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-") as made:
        root = Path(made)
        write_sample_case(root)
        for file in sorted(p for p in root.rglob("*") if p.is_file()):
            import_file(case, file, root)
        for stage in ("read", "index"):
            stages.run(case, stage)
    return case
