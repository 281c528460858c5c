"""Sample shoppers: people who do not exist, rendered from a parametric body."""
