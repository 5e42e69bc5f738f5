"""A stream of trials whose task nobody announces, and networks in it."""
