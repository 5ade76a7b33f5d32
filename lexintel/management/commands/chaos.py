"""manage.py chaos: break one thing after the other on a scratch installation, and prove that nothing was lost by it."""

import json
import secrets
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lexintel.chaos.faults import FAULTS
from lexintel.chaos.soak import Plan, run


class Command(BaseCommand):
    help = (
        "Import made-up documents into a scratch installation while processes and servers are killed, stopped and "
        "flushed, and compare the result with a quiet run. Exit code 1 if anything is lost, stuck, twice or different."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--documents", type=int, default=300)
        parser.add_argument("--faults", type=int, default=40)
        parser.add_argument("--seed", type=int, help="the same documents and order of faults again (default: random)")
        parser.add_argument("--every", type=float, default=3.0, help="seconds between faults (default: 3)")
        parser.add_argument("--lease", type=float, default=30.0, help="LEXINTEL_LEASE_S of the installation")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, documents: int, faults: int, every: float, lease: float, **options: Any) -> None:
        if not Path("/proc/self/environ").exists():
            raise CommandError("Processes are found by /proc, which this system does not have.", returncode=2)
        if documents < 1 or faults < 0 or every < 0.1:
            raise CommandError("--documents, --faults and --every must be positive.", returncode=2)
        seed = secrets.randbelow(1 << 31) if options["seed"] is None else options["seed"]
        self.stderr.write(f"chaos --documents {documents} --faults {faults} --seed {seed}; {len(FAULTS)} kinds")
        plan = Plan(documents=documents, faults=faults, seed=seed, every_s=every, lease_s=lease)
        result = run(plan, say=self.stderr.write)
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            for key, value in result.items():
                self.stdout.write(f"{key:32} {value}")
        sys.exit(0 if result["ok"] else 1)
