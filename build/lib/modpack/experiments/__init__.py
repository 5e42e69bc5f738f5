"""Experiments on many networks: each from a configuration to a tidy table."""
