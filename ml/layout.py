"""What a pixel of the result shows, as the warp foresees it."""

LAYOUT = ("background", "garment", "front", "body")
"""Classes of a layout; `front` is arms, hands and hair that the garment does not cover, `body` anything else
of the person."""

BACKGROUND, GARMENT, FRONT, BODY = range(len(LAYOUT))
