"""The command line: `elman demo | train | evaluate | predict | tag | summary`.

Takes  arguments.
Gives  data on stdout, everything else on stderr; status 0, 1 for a mistake in data or files, 2 for wrong usage.
Next   nothing: each command parses, calls one public function, and formats.
"""

from ._app import main

__all__ = ["main"]
