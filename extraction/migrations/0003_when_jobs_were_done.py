"""Estimates look at what was done lately."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('extraction', '0002_oldest_code'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='extractionjob',
            index=models.Index(condition=models.Q(('state', 'done')), fields=['finished_at'], name='job_done_when'),
        ),
    ]
