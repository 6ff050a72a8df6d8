"""Language models: which exist, whether they are here, and running them.

``registry`` and ``loading`` import no torch; everything else is reached through ``loading``. No
module here knows what a prompt is for.
"""
