"""Numbers about networks and tables: tensors or a table in, numbers out, nothing to configure.

Measures are the project's own choices where no source is named. Each module is imported by its own name.
"""
