import tryon.models.training_run
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tryon', '0010_verbose_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='trainingrun',
            name='since',
            field=models.DateField(blank=True, help_text='Learn only from what was added on this day or later. Empty: from all.', null=True, verbose_name='added since'),
        ),
        migrations.AddField(
            model_name='trainingrun',
            name='sources',
            field=models.JSONField(default=tryon.models.training_run.every_source, help_text='Of what to learn from.', verbose_name='sources'),
        ),
    ]
