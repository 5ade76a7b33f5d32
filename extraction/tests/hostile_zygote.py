"""The zygote, with a reader that misbehaves on command in place of the readers of PDF and text, and without walls:
the limits must hold where a kernel has none (test_walls.py tries the walls).
"""

import sys

from extraction import readers
from extraction.confinement import walls, zygote

if __name__ == "__main__":
    walls.raise_all = list  # type: ignore[assignment]
    readers.READERS["application/pdf"] = readers.READERS["text/plain"] = "extraction.tests.hostile_readers:read"
    zygote.main(int(sys.argv[1]))
