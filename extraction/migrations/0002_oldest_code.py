"""The oldest code that the schema serves; see extraction/code_age.py."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("extraction", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="OldestCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.PositiveIntegerField()),
            ],
        ),
    ]
