"""Worn garments cut out of labelled photos and laid flat, as pairs whose truth is the photo itself."""
