from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tryon', '0012_photos_of_models'),
    ]

    operations = [
        migrations.AddField(
            model_name='garment',
            name='swatch',
            field=models.CharField(blank=True, editable=False, help_text='Mean colour of the cut-out, as #rrggbb.', max_length=7),
        ),
    ]
