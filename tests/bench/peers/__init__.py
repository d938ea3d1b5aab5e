"""Solvers that a user would otherwise take, each run in a process and environment of its own."""
