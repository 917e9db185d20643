"""Archspec: a paper's table of a convolutional network as a program."""

from archspec.api import Report, Spec, build, load

__all__ = ["Report", "Spec", "build", "load"]
__version__ = "0.1.0"
