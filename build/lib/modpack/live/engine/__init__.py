"""The core's twin for pages: scripts that simulate and score networks, and what they need to know."""
