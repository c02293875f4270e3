"""Refuse files that nobody means to commit: large, without a last newline, with conflict marks.

Its one law: it only looks.  It prints one line per finding and never changes a file.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

LARGE_KB = 500
MARK = re.compile(rb"^(<{7} |>{7} )", re.MULTILINE)


def main(paths: list[Path]) -> int:
    """Look at `paths` and return 1 if there was anything to say."""
    findings = [f"{path}: {finding}" for path in paths for finding in look(path)]
    print("\n".join(findings))
    return 1 if findings else 0


def look(path: Path) -> Iterator[str]:
    """Yield what is wrong with one file."""
    data = path.read_bytes()
    if len(data) > LARGE_KB * 1024:
        yield f"expected at most {LARGE_KB} KB, found {len(data) // 1024} KB"
    if b"\0" in data:
        return
    if data and (not data.endswith(b"\n") or data.endswith(b"\n\n")):
        yield "expected one newline at the end"
    if b"\r\n" in data:
        yield "expected line ends of one character, found CRLF"
    if MARK.search(data):
        yield "found a conflict mark; finish the merge"


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
