"""First networks of `modpack.experiments.new_task`, by form and seed: what new tasks are learned from."""
