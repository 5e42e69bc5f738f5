"""Run the command line with ``python -m modpack``."""

import sys

try:
    from modpack.cli import main
except KeyboardInterrupt:  # importing takes seconds
    sys.exit(130)
except ModuleNotFoundError as error:
    sys.exit(f"modpack: {error}: install the extra 'cli', as in pip install 'modpack[cli]'")

main()
