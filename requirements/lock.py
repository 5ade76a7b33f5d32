"""Resolve requirements/*.in into *.txt with hashes, for every supported Python and platform."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

for name in ("base", "embedded", "prod", "dev"):
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
            *("--generate-hashes", "--no-emit-index-url", "--no-header", "--override", "overrides.txt"),
            *(f"{name}.in", "--output-file", f"{name}.txt"),
        ],
        cwd=HERE,
        check=True,
    )
