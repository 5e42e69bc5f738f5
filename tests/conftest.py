"""The tests, and nbval's second execution of the chapters, share the environment of the first."""

import os

from chapters import KERNEL_ENVIRONMENT
from hypothesis import settings

os.environ.update(KERNEL_ENVIRONMENT)

# The same examples in every run, and no deadlines: how long an example takes is no property of the code.
settings.register_profile("modpack", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("modpack")
