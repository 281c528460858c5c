"""What other apps may listen to."""

from django.dispatch import Signal

tryon_submitted = Signal()
"""A new try-on was asked for. The API sends its `request`; an error of a receiver is logged and no more."""
