"""What is joined without a space is found word by word; see documents/word_index.py. Rewrites both tables once."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.comparison
from django.db import migrations, models

APART = [
    (r"[<>&@/\\_]|[+-](?=[[:digit:]])", " "),
    (r"([[:alpha:]][[:alpha:]])\.(?=[[:alnum:]])", r"\1 "),
    (r"([[:alnum:]])\.(?=[[:alpha:]][[:alpha:]])", r"\1 "),
]


def apart(text):
    for pattern, replacement in APART:
        parts = (text, models.Value(pattern), models.Value(replacement), models.Value("g"))
        text = models.Func(*parts, function="regexp_replace", output_field=models.TextField())
    return text


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0007_models_of_vectors'),
    ]

    # The expression of a generated column cannot be changed, only the column.
    operations = [
        migrations.RemoveIndex(model_name='chunk', name='chunk_tsv'),
        migrations.RemoveField(model_name='chunk', name='tsv'),
        migrations.AddField(
            model_name='chunk',
            name='tsv',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(apart('title'), config='english', weight='C'), '||', django.contrib.postgres.search.SearchVector(apart('heading'), config='english', weight='B'), django.contrib.postgres.search.SearchConfig('english')), '||', django.contrib.postgres.search.SearchVector(apart(django.db.models.functions.comparison.Coalesce(django.db.models.functions.comparison.NullIf('searchable', models.Value('', output_field=models.TextField())), 'body')), config='english', weight='D'), django.contrib.postgres.search.SearchConfig('english')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.RemoveIndex(model_name='document', name='document_descriptor'),
        migrations.RemoveField(model_name='document', name='descriptor'),
        migrations.AddField(
            model_name='document',
            name='descriptor',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(models.Func(models.F('name'), models.Value('[_.-]+'), models.Value(' '), models.Value('g'), function='regexp_replace'), config='english'), '||', django.contrib.postgres.search.SearchVector(apart('opening'), config='english'), django.contrib.postgres.search.SearchConfig('english')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.AddIndex(
            model_name='document',
            index=django.contrib.postgres.indexes.GinIndex(fields=['descriptor'], name='document_descriptor'),
        ),
        # The index itself is made by search's migration, which knows whether it can be one by case.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex(
                    model_name='chunk',
                    index=django.contrib.postgres.indexes.GinIndex(fields=['tsv'], name='chunk_tsv'),
                ),
            ],
        ),
    ]
