from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tryon', '0011_training_filter'),
    ]

    operations = [
        migrations.AddField(
            model_name='trainingsample',
            name='batch',
            field=models.UUIDField(blank=True, db_index=True, editable=False, help_text='Of photos that came together.', null=True),
        ),
        migrations.AddField(
            model_name='trainingsample',
            name='in_lookbooks',
            field=models.BooleanField(default=False, help_text='The contract permits that too. Face and surroundings are replaced there as well.', verbose_name='may be shown in lookbooks'),
        ),
        migrations.AddField(
            model_name='trainingsample',
            name='source_name',
            field=models.CharField(blank=True, editable=False, help_text='What the file was called that it came in.', max_length=500),
        ),
        migrations.AddConstraint(
            model_name='trainingsample',
            constraint=models.CheckConstraint(condition=models.Q(('in_lookbooks', False), ('source', 'merchant'), _connector='OR'), name='shoppers_are_in_no_lookbook'),
        ),
        migrations.AlterField(
            model_name='lookbook',
            name='samples',
            field=models.JSONField(help_text="Static paths of sample shoppers, ids of models' samples."),
        ),
    ]
