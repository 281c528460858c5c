"""Writes of the storefront. Each function is one transaction."""
