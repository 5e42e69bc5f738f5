"""The tests, and nbval's second execution of the chapters, share the environment of the first."""

import os

from chapters import KERNEL_ENVIRONMENT

os.environ.update(KERNEL_ENVIRONMENT)
