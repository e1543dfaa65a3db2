"""Elman: recurrent networks on text, exact and fast on the CPU."""

__version__ = "0.1.0"
