"""Runs inside, before the program: becomes the program's own user for good, takes its environment, becomes it.

Called as a file by the standard library alone: `enter.py START`, a JSON document of `user` (null: stay who we are),
`argv`, `environment`, `workdir` and `processes` (null: no bound). The environment is a stranger's, so it comes in a
file, after the rights are gone: in our own environment it could change what runs here.
After a change from root to another user no capability is left, and the sandbox forbids to gain new ones.
"""

from __future__ import annotations

import json
import os
import sys


def main(start: str) -> None:
    """Drop the user and become the program."""
    with open(start, encoding="utf-8") as file:  # noqa: PTH123 - no pathlib here: 10 ms
        orders = json.load(file)
    user = orders["user"]
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    if orders["processes"] is not None:
        import resource

        hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        most = orders["processes"] if hard == resource.RLIM_INFINITY else min(orders["processes"], hard)
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    argv = orders["argv"]
    try:
        os.chdir(orders["workdir"])
        os.execvpe(argv[0], argv, orders["environment"])  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{argv[0]} cannot be started: {error.strerror}\n")
        sys.exit(127)


if __name__ == "__main__":
    main(sys.argv[1])
