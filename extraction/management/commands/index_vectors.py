"""manage.py index_vectors: the index that makes search by meaning over very many documents fast."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from extraction import vector_index, vector_models


class Command(BaseCommand):
    help = f"Build the index over the searched model's vectors; worth it from {vector_index.WORTH_IT_FROM:,} on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--drop", action="store_true", help="remove it instead; search becomes exact again")
        parser.add_argument("--force", action="store_true", help="build it however few vectors there are")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, **options: Any) -> None:
        model = vector_models.searched()
        if model is None:
            raise CommandError("Nothing can be found by meaning yet: there are no vectors.", returncode=2)
        built = False
        if options["drop"]:
            vector_index.drop(model.name)
        else:
            built = vector_index.build(model) if options["force"] else vector_index.build_if_large(model)
        ready = vector_index.ready(model.name)
        if options["json"]:
            self.stdout.write(json.dumps({"model": model.name, "built": built, "ready": ready}))
        elif built:
            self.stdout.write(f"Built the index over the vectors of {model.name}.")
        else:
            there = "is there" if ready else "is not there, and not needed for so few vectors; --force builds it"
            self.stdout.write(f"The index over the vectors of {model.name} {there}.")
