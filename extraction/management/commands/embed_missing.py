"""manage.py embed_missing: make the vectors that a model lacks, and search by it when it has all."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from documents.models import EmbeddingModel
from extraction import embed_stage, vector_index, vector_models
from extraction.case_reference import find_case
from extraction.embedding import EmbeddingUnavailable
from extraction.embedding.model_files import DEFAULT_MODEL
from lexintel.terminal import Progress


class Command(BaseCommand):
    help = (
        "Make the vectors that the configured model, or another, lacks. Search goes on with the model it has until "
        "the new one knows every passage that the old one knows; then it switches."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--model", default="", help="a folder on this machine, or the endpoint's name for a model (EMBEDDING_MODEL)"
        )
        parser.add_argument("--case", help="only of this case (reference or id); search switches when all have them")
        parser.add_argument("--drop-former", action="store_true", help="then delete vectors that are searched no more")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, **options: Any) -> None:
        case_id = find_case(options["case"]).pk if options["case"] else None
        try:
            model = vector_models.register(*_named(options["model"]), build=True)
            made = _fill(model, case_id, quiet=options["json"])
        except EmbeddingUnavailable as error:
            # What was made is kept: the next run goes on from there.
            raise CommandError(str(error)) from error
        vector_index.build_if_large(model)
        vector_models.switch_if_complete()
        searched = vector_models.searched()
        result: dict[str, Any] = {
            "model": model.name,
            "dimensions": model.dimensions,
            "made": made,
            "lacking": vector_models.lacking(model).count(),
            "searched": searched.name if searched else None,
            "dropped": _drop() if options["drop_former"] else {},
        }
        self.stdout.write(json.dumps(result) if options["json"] else _plain(result))


def _named(model: str) -> tuple[str, str]:
    """Backend and model; both empty for what the settings name."""
    if not model:
        return "", ""
    if model == DEFAULT_MODEL:
        return "local", model
    # Workers may stand in another folder.
    return ("local", str(Path(model).resolve())) if Path(model).is_dir() else ("openai", model)


def _fill(model: EmbeddingModel, case_id: UUID | None, *, quiet: bool) -> int:
    made, threads = 0, os.cpu_count() or 1
    with Progress(f"vectors of {model.name}", vector_models.lacking(model, case_id).count(), quiet=quiet) as bar:
        last, in_this_round = 0, 0
        while True:
            chunks = list(
                vector_models.lacking(model, case_id)
                .filter(pk__gt=last)
                .order_by("pk")
                .only("pk", "case_id", "document_id", "heading", "body")[: embed_stage.BATCH_CHUNKS]
            )
            if chunks:
                embed_stage.save_those_there(embed_stage.embed_chunks(model, chunks, threads=threads))
                last = chunks[-1].pk
                in_this_round += len(chunks)
                bar.update(made + in_this_round, total=max(bar.total, made + in_this_round))
            elif in_this_round:
                # What came in meanwhile may lie before.
                made, last, in_this_round = made + in_this_round, 0, 0
            else:
                return made


def _drop() -> dict[str, int]:
    vector_index.drop_former()
    return vector_models.drop_former()


def _plain(result: dict[str, Any]) -> str:
    lines = [f"{result['made']} vectors of {result['model']} ({result['dimensions']} dimensions) made."]
    if result["lacking"]:
        lines.append(f"{result['lacking']} passages have none yet.")
    lines.append(f"Searched by meaning are the vectors of {result['searched']}.")
    lines += [f"{count} vectors of {name} dropped." for name, count in result["dropped"].items()]
    return "\n".join(lines)
