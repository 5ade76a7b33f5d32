"""A zygote on a machine that can raise no wall."""

import sys

from extraction.confinement import walls, zygote

walls.raise_all = list  # type: ignore[assignment]

if __name__ == "__main__":
    zygote.main(int(sys.argv[1]))
