"""Every conformance suite, or those named: `python -m tools.conformance [protocols] [sigv4]`."""

from __future__ import annotations

import sys

from tools.conformance import protocols, sigv4

_SUITES = {"protocols": protocols.main, "sigv4": sigv4.main}


def main(names: list[str]) -> int:
    """Run the suites, all of them even where one fails; gives the exit code."""
    if unknown := [name for name in names if name not in _SUITES]:
        print(f"no such suite: {', '.join(unknown)}; there are {', '.join(_SUITES)}", file=sys.stderr)
        return 2
    return max(_SUITES[name]() for name in names or _SUITES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
