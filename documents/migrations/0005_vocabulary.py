"""The words of each case; those of documents that are indexed already, too."""

import django.db.models.deletion
from django.db import migrations, models

# Near enough to what the index stage reads; reprocessing a document adds what is missing.
FILL = """
INSERT INTO documents_vocabularyword (case_id, word, stem)
SELECT case_id, word, coalesce((tsvector_to_array(to_tsvector('english', word)))[1], '')
FROM (
  SELECT DISTINCT case_id, regexp_split_to_table(lower(concat_ws(' ', body, searchable)), '[^[:alnum:]]+') AS word
  FROM documents_chunk
) words
WHERE length(word) BETWEEN 1 AND 60 AND word ~ '[^0-9]'
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0001_initial'),
        ('documents', '0004_what_a_document_is_called_by'),
    ]

    operations = [
        migrations.CreateModel(
            name='VocabularyWord',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('word', models.CharField(db_collation='C', max_length=60)),
                ('stem', models.CharField(db_collation='C', help_text='Empty for words too common to be indexed.', max_length=60)),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cases.case')),
            ],
            options={
                'indexes': [models.Index(fields=['case', 'stem'], name='vocabulary_case_stem')],
                'constraints': [models.UniqueConstraint(fields=('case', 'word'), name='one_vocabulary_word_per_case')],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
