"""The index of words, made again after its column was; see 0003_words_of_a_case.py."""

from importlib import import_module

from django.db import migrations

before = import_module("search.migrations.0003_words_of_a_case")


def by_case(apps, schema_editor):
    before.by_case(apps, schema_editor)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('chunk_tsv')")
        (there,) = cursor.fetchone()
    if not there:
        before.of_all_cases(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("search", "0005_term_reports"), ("documents", "0008_words_that_are_joined")]

    operations = [migrations.RunPython(by_case, migrations.RunPython.noop)]
