"""Agents that answer elsewhere, by A2A.

Its one law: what comes from the other side is a stranger's: bounded, mended and never believed.
"""
