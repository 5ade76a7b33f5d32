"""Workers of one release on the schema of another: what a release's migrations may do, and who is told to stop."""

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from extraction import code_age, ledger
from extraction.models import ExtractionJob, OldestCode
from extraction.versions import CODE

pytestmark = pytest.mark.django_db(transaction=True)

OURS = ("cases", "documents", "extraction", "search")
# Before the first release nobody ran older workers.
FIRST = {"cases": 1, "documents": 8, "extraction": 1, "search": 6}
ADDING = (migrations.CreateModel, migrations.AddIndex, migrations.AddConstraint, migrations.AlterModelOptions)


def only_adds(operation):
    """Whether code that does not know of it can go on writing."""
    if isinstance(operation, migrations.AddField):
        field = operation.field
        return field.null or field.has_db_default() or isinstance(field, models.GeneratedField | models.ManyToManyField)
    return isinstance(operation, ADDING)


def taking_away(migration):
    """The operations of a migration after which older code may fail."""
    return [operation for operation in migration.operations if not only_adds(operation)]


def tells_older_code(migration):
    """Whether it makes older workers stop; what else it does with SQL, it says to be harmless by `additive = True`."""
    raising = code_age.contracts(CODE).sql
    return any(isinstance(o, migrations.RunSQL) and o.sql == raising for o in migration.operations)


def test_migrations_only_add_or_tell_older_workers_to_stop():
    loader = MigrationLoader(None)
    later = [
        migration
        for (app, name), migration in loader.disk_migrations.items()
        if app in OURS and int(name[:4]) > FIRST[app]
    ]
    assert later
    wrong = [m for m in later if taking_away(m) and not tells_older_code(m) and not getattr(m, "additive", False)]
    assert not wrong


@pytest.mark.parametrize(
    ("operation", "adds"),
    [
        (migrations.RemoveField("document", "name"), False),
        (migrations.RenameField("document", "name", "title"), False),
        (migrations.DeleteModel("document"), False),
        (migrations.AlterField("document", "name", models.IntegerField()), False),
        (migrations.AddField("document", "judge", models.CharField(max_length=80)), False),
        (migrations.AddField("document", "judge", models.CharField(max_length=80, default="")), False),
        (migrations.AddField("document", "judge", models.CharField(max_length=80, db_default="")), True),
        (migrations.AddField("document", "judge", models.CharField(max_length=80, null=True)), True),
    ],
)
def test_what_older_code_can_live_with_is_known(operation, adds):
    # A default of Django's alone is not in the database: older code's rows would lack it.
    assert only_adds(operation) is adds


def apply(operation):
    with connection.schema_editor() as editor:
        operation.database_forwards("extraction", editor, apps, apps)


def test_from_a_contracting_migration_on_older_code_claims_nothing(case, put_in):
    job = ExtractionJob.objects.get(document=put_in(case, b"some text"))
    apply(code_age.contracts(CODE + 1))
    assert code_age.too_old()
    assert code_age.schema() == "ahead"
    assert ledger.claim(job.pk, "older") is None
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("queued", 0)


def test_the_code_that_it_was_made_for_goes_on(case, put_in):
    job = ExtractionJob.objects.get(document=put_in(case, b"some text"))
    apply(code_age.contracts(CODE))
    assert code_age.schema() == "ok"
    assert ledger.claim(job.pk, "this one") is not None


def test_what_was_taken_away_once_stays_away(db):
    apply(code_age.contracts(CODE + 1))
    apply(code_age.contracts(CODE))
    assert [row.code for row in OldestCode.objects.all()] == [CODE + 1]


def test_a_schema_that_waits_for_its_migrations_is_behind(db):
    code_age._migrated.cache_clear()
    recorder = MigrationRecorder(connection)
    (last,) = MigrationLoader(None).graph.leaf_nodes("extraction")
    recorder.record_unapplied(*last)
    try:
        assert code_age.schema() == "behind"
    finally:
        recorder.record_applied(*last)
    assert code_age.schema() == "ok"
