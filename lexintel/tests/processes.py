"""Real processes in tests; see lexintel/chaos/processes.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from lexintel.chaos.processes import NOT_INHERITED, Manage, eventually, installation, is_alive, parent_of, pids

__all__ = ["Manage", "eventually", "installation", "is_alive", "needs_proc", "parent_of", "pids", "run_manage"]

needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes by /proc")


def run_manage(*arguments: str, within: float = 60, **env: str) -> subprocess.CompletedProcess[str]:
    """A manage.py command to its end."""
    inherited = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    return subprocess.run(command, env=inherited | env, capture_output=True, text=True, timeout=within, check=False)
