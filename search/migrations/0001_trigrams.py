"""pg_trgm, if the database has it and lets us: search with typos needs it, everything else works without."""

from django.db import DatabaseError, migrations, transaction


def create(apps, schema_editor):
    try:
        with transaction.atomic():
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        pass


class Migration(migrations.Migration):
    dependencies = []

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
