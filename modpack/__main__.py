"""Run the command line with ``python -m modpack``."""

import signal
import sys

# Importing takes seconds, and libraries swallow interrupts in it: until it is done, one ends the process.
interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
if interruptible:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
try:
    from modpack.cli import main
except ModuleNotFoundError as error:
    sys.exit(f"modpack: {error}: install the extra 'cli', as in pip install 'modpack[cli]'")
if interruptible:
    signal.signal(signal.SIGINT, signal.default_int_handler)

main()
