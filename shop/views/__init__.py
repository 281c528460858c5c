"""Pages of the storefront: read the request, call a service or a selector, render."""
