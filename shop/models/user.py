from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """An account of the shop. Its own model from the first migration, so that it can grow."""
