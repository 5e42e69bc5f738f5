"""Interactive figures that work in JupyterLab and, without any Python, in the rendered book."""
