"""Pages are counted by their index alone: it carries their state. While it is built anew, no page is written."""

from django.db import migrations, models

NAME = 'one_page_per_document_version_and_number'


class Migration(migrations.Migration):

    # The constraint is the same for every code; only what its index carries is more.
    additive = True

    dependencies = [
        ('documents', '0009_batches'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='page', name=NAME),
        migrations.AddConstraint(
            model_name='page',
            constraint=models.UniqueConstraint(fields=('document', 'version', 'number'), include=('state',), name=NAME),
        ),
    ]
