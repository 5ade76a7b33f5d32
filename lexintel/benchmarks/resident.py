"""How much memory a process holds."""

from pathlib import Path


def resident_kb(pid: int) -> int:
    """Its resident memory; 0 where it is gone, or the kernel does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
