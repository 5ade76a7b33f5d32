"""Likeness of words, for “did you mean”; only where the database has pg_trgm."""

from django.db import migrations

CREATE = """
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') THEN
    CREATE INDEX vocabulary_word_trigrams ON documents_vocabularyword USING gin (word gin_trgm_ops);
  END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0001_trigrams"), ("documents", "0005_vocabulary")]

    operations = [migrations.RunSQL(CREATE, "DROP INDEX IF EXISTS vocabulary_word_trigrams")]
