"""Run the command line with ``python -m modpack``."""

from modpack.cli import main

main()
