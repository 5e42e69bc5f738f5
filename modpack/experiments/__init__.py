"""Experiments on trained networks: a function each, from a network to plain numbers."""
