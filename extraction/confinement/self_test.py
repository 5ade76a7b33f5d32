"""Does the confinement hold on this machine? Asked by `doctor`, by the tests, and before a worker starts."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from extraction.confinement.warm_zygote import WarmZygote


@dataclass(frozen=True)
class Confinement:
    """`walls`: those that stand. `refused`: for each attempt to break out, whether it failed."""

    walls: tuple[str, ...]
    refused: dict[str, bool]

    @property
    def holes(self) -> list[str]:
        """What a hostile file could make its reader do."""
        return [name for name, refused in self.refused.items() if not refused]


def examine(memory_mb: int = 1024) -> Confinement:
    """Let a child try to break out. Raises ZygoteGone if none can be started."""
    zygote = WarmZygote()
    with tempfile.TemporaryDirectory(prefix="lexintel-walls-") as folder:
        secret = Path(folder) / "secret"
        secret.write_text("not for readers")
        receive, send = os.pipe()
        try:
            request = {"escapes": [str(secret), os.getpid()], "hard_s": 20, "memory_mb": memory_mb}
            with open(secret, "rb") as file:
                zygote.fork(request, [file.fileno(), send])
            os.close(send)
            with os.fdopen(receive, "rb") as answers:
                found = json.loads(answers.read())
            zygote.ended(10, lambda: None, 0.25)
            # A file that was made and could not be written to is a file that was made.
            found["refused"]["write a file"] &= not secret.with_name("secret.written").exists()
        finally:
            zygote.end()
    return Confinement(tuple(found["walls"]), found["refused"])
