"""Vectors of any width, and a row for each model that makes them."""

import django.db.models.functions.datetime
import pgvector.django.halfvec
from django.conf import settings
from django.db import migrations, models
from django.db.models import Count

# In the row, uncompressed, as migration 0002 says; a change of type forgets it.
IN_THE_ROW = "ALTER TABLE documents_chunkembedding ALTER COLUMN embedding SET STORAGE PLAIN"
# On the way back: the column of before holds no others. manage.py embed_missing makes them again.
OTHER_WIDTHS = "DELETE FROM documents_chunkembedding WHERE vector_dims(embedding) <> 384"


def register_what_is_there(apps, schema_editor):
    """The model with the most vectors is the one that was searched until now."""
    Embedding, Model = (apps.get_model("documents", name) for name in ("ChunkEmbedding", "EmbeddingModel"))
    counted = Embedding.objects.values("model").annotate(n=Count("pk")).order_by("-n", "model")
    for place, row in enumerate(counted):
        name = row["model"]
        remote = name.endswith("@openai")
        default = name.partition("@")[0] == "all-MiniLM-L6-v2"
        Model.objects.create(
            name=name,
            backend="openai" if remote else "local",
            setting=name.removesuffix("@openai") if remote else name.partition("@")[0] if default else settings.EMBEDDING_MODEL,
            dimensions=384,
            state="former" if place else "searched",
        )


class Migration(migrations.Migration):
    dependencies = [("documents", "0006_members_without_content")]

    operations = [
        migrations.CreateModel(
            name="EmbeddingModel",
            fields=[
                ("name", models.CharField(help_text="What ChunkEmbedding.model says.", max_length=100, primary_key=True, serialize=False)),
                ("backend", models.CharField(max_length=10)),
                ("setting", models.CharField(help_text="The EMBEDDING_MODEL that it is made from.", max_length=4096)),
                ("dimensions", models.IntegerField()),
                ("state", models.CharField(choices=[("searched", "Searched"), ("building", "Being built"), ("former", "No longer used")], max_length=10)),
                ("since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text="When it came into this state.")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("state", "searched")), fields=("state",), name="one_model_is_searched"),
                    models.CheckConstraint(condition=models.Q(("dimensions__range", (1, 4000))), name="dimensions_can_be_stored"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["searched", "building", "former"])), name="embedding_model_state_known"),
                ],
            },
        ),
        migrations.RunPython(register_what_is_there, migrations.RunPython.noop),
        migrations.RunSQL(migrations.RunSQL.noop, IN_THE_ROW),
        # Taking a width away rewrites nothing.
        migrations.AlterField(
            model_name="chunkembedding",
            name="embedding",
            field=pgvector.django.halfvec.HalfVectorField(),
        ),
        migrations.RunSQL(IN_THE_ROW, OTHER_WIDTHS),
    ]
