"""`usina sbom`: what software runs here, and whether it is still what was installed. Needs no factory."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from usina.cli.options import as_json, debug
from usina.cli.output import note, say, show_json, show_table
from usina.cli.progress import counted


@click.command()
@click.option("--check", is_flag=True, help="Read every installed file and compare it with what its package brought.")
@click.option("--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="With --check: a bill that you kept elsewhere; the same packages must be here.")  # fmt: skip
@as_json
@debug
def sbom(*, check: bool, against: Path | None, json_: bool) -> int:
    """Print the software bill of materials of this installation (CycloneDX 1.6, JSON), or check the installation.

    Run it in the environment of the factory. The check exits 1 where anything is wrong.
    """
    from usina.app.software import check_software, software_bill

    if not check:
        if against is not None:
            raise click.UsageError("--against goes with --check.")
        show_json(software_bill())
        return 0
    with counted("checking", shown=not json_) as tell:
        found = check_software(against, tell)
    if json_:
        show_json({**dataclasses.asdict(found), "ok": found.ok})
        return 0 if found.ok else 1
    if found.unrecorded:
        note(f"brought no hashes, and cannot be checked: {', '.join(sorted(set(found.unrecorded)))}")
    if not found.ok:
        show_table(("WHAT", "WHAT IS WRONG"), found.wrong)
        note("This installation is not what was installed. Install it anew from the locks, with hashes.")
        return 1
    kept = " and is the one of the kept bill" if against is not None else ""
    say(f"whole: {found.files} files of {found.packages} packages are as their packages brought them{kept}")
    return 0
