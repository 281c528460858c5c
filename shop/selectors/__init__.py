"""Reads of the storefront: the one place that decides who may see what."""
