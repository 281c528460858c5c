"""Thin views: parse, call one selector or service, answer."""
