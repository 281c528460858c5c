"""Synthetic twins: the data engine that teaches the warp network where garments go."""
