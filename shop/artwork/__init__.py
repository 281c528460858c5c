"""The sample collection's pictures, drawn by code: outline -> panels -> height field -> fabric -> light.

Development only: the pictures are committed and the shop never imports this package.
`python -m shop.artwork` draws them.
"""
