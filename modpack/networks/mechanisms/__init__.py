"""Networks of `modpack.experiments.mechanisms`, by form and seed; a sweep trains those that are not here."""
