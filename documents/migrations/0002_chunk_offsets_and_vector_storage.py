"""What Django's constraints cannot say: a chunk's offsets lie inside its pages; vectors stay in their rows."""

from django.db import migrations

CHECK_OFFSETS = """
CREATE FUNCTION documents_chunk_inside_pages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM added c
    LEFT JOIN documents_page f
      ON f.document_id = c.document_id AND f.version = c.version AND f.number = c.page_from
    LEFT JOIN documents_page t
      ON t.document_id = c.document_id AND t.version = c.version AND t.number = c.page_to
    WHERE f.id IS NULL OR t.id IS NULL OR c.char_from > f.chars OR c.char_to > t.chars
  ) THEN
    RAISE EXCEPTION 'a chunk lies outside its pages' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER chunk_inside_pages AFTER INSERT ON documents_chunk
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION documents_chunk_inside_pages();
"""

UNDO = """
DROP TRIGGER chunk_inside_pages ON documents_chunk;
DROP FUNCTION documents_chunk_inside_pages();
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [
        migrations.RunSQL(CHECK_OFFSETS, UNDO),
        # In the row, uncompressed: an exact scan over a case reads every vector, and out-of-line ones cost 3-9 times as much.
        migrations.RunSQL(
            "ALTER TABLE documents_chunkembedding ALTER COLUMN embedding SET STORAGE PLAIN",
            migrations.RunSQL.noop,
        ),
    ]
