"""``python -m litsweep_app.cli``, for processes that are started by the interpreter's path."""

from litsweep_app.cli import main

if __name__ == "__main__":
    main()
