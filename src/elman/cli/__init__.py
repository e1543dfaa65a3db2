"""The command line: `elman demo | train | evaluate | predict | tag | generate | translate | ...`.

Takes  arguments.
Gives  data on stdout, everything else on stderr; status 0, 1 for a mistake in data or files, 2 for wrong usage.
Next   nothing: each command parses, calls one public function, and formats.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; Ctrl-C while its parts are still being imported is one line, too, and status 130."""
    try:
        from ._app import main as run
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)
    run()
