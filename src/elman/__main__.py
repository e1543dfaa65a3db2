"""`python -m elman`: the command line."""

from .cli import main

main()
