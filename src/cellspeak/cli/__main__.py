"""`python -m cellspeak.cli`."""

from . import main

main()
