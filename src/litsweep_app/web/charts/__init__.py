"""Pictures as SVG: places and sizes are computed here, and written by a template of the same name.

Colours are classes of the style sheet, so that a picture is right in the dark as well.
"""
