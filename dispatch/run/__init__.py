"""The composition root: settings, processes, wiring and the command line."""
