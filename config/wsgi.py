"""The web process.

WSGI on purpose: Django's ASGI handler spools a large request body to a temporary file before any view
runs, and a shopper's photo must never touch the disk in the clear.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
