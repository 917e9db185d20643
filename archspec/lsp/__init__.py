"""The language server: what an editor shows of a spec while it is typed.

A text becomes an `Analysis` (analysis.py); every feature is a function of an analysis and an offset that gives plain
values, in a file of its own. server.py alone knows the protocol.
"""
