"""modpack: one recurrent network, many tasks, and a context that modulates it."""
