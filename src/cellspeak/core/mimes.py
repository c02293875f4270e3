"""The MIME types that mean something here.

Its one law: these words are on the wire; the view knows the same ones.
"""

from __future__ import annotations

__all__ = ["PICTURES", "TABLE", "VARIABLE"]

TABLE = "application/vnd.cellspeak.table+json"
"""`{columns, rows, total_rows, truncated}`: a table that no library is needed for."""

VARIABLE = "text/vnd.cellspeak.variable"
"""A file of a post that says what a variable held when it was sent; text, in UTF-8."""

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Pictures that run nothing, in base64."""
