"""A house: on one machine, a Prefect server and the processes that work with it.

``litsweep up`` makes a plan from settings and options, and a supervisor keeps to it.
"""
