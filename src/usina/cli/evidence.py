"""`usina evidence`: what an auditor takes along, and how it is judged elsewhere, without the factory."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from usina.cli.leaving import egress
from usina.cli.moments import Moment, when
from usina.cli.options import as_json, debug
from usina.cli.output import note, say, show_json, show_table
from usina.cli.progress import counted
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from usina.app import Checked


@click.group()
def evidence() -> None:
    """Evidence for an outside auditor: export it here, verify it anywhere."""


evidence.add_command(egress)


@evidence.command()
@click.option("--from", "since", type=Moment(), required=True, help="Where the time begins, in UTC.")
@click.option("--to", "until", type=Moment(), required=True, help="Where it ends, in UTC.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="File to write. Default: evidence-FROM-TO.tar in this folder.")  # fmt: skip
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="Home of the factory.")
@as_json
@debug
def export(since: float, until: float, out: Path | None, home: Path | None, json_: bool) -> None:
    """Write one sealed file: ledger, signed heads, policies that were in force, keys without material, software.

    Run it as the user that owns the home; a factory that runs is not disturbed.
    """
    from usina.app.evidence import export_home
    from usina.core.settings import load_settings

    target = out or Path(f"evidence-{_day(since)}-{_day(until)}.tar")
    if target.exists():
        raise OperatorError(f"{target} is there already. Choose another file with --out.")
    settings = load_settings({"home": home})
    with counted("exporting", shown=not json_) as tell:
        made = export_home(settings, target, since, until, tell)
    if json_:
        show_json({"file": str(target), **dataclasses.asdict(made)})
        return
    say(f"{target}: {made.size_bytes} bytes, {made.records} records under {made.heads} signed heads")
    note(f"Verify it anywhere: usina evidence verify {target} --key PUBLIC-KEY (the site's ledger/public.pem)")


@evidence.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, metavar="FILE",
              help="The site's public ledger key (PEM), as you have it from elsewhere.")  # fmt: skip
@click.option("--heads", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="Lines of heads.log that you kept earlier; the history must continue them.")  # fmt: skip
@as_json
@debug
def verify(file: Path, key: Path, heads: Path | None, json_: bool) -> int:
    """Check a file of evidence: each byte, each record, each head, each policy. Exits 1 where anything is wrong.

    Needs no factory and no network.
    """
    from usina.app import HeadError, check_evidence

    kept = b"" if heads is None else heads.read_bytes()
    with counted("verifying", shown=not json_) as tell, file.open("rb") as opened:
        try:
            found = check_evidence(opened, key.read_bytes(), tell, kept=kept)
        except HeadError as error:
            raise OperatorError(f"{key} cannot be used: {error}. It must be the site's ledger/public.pem.") from error
    if json_:
        show_json({**dataclasses.asdict(found), "ok": found.ok})
    else:
        _show(found, file)
        if kept:
            say(f"{found.kept} of the heads that you kept lie in this history")
    return 0 if found.ok else 1


def _show(found: Checked, file: Path) -> None:
    if not found.ok:
        rows = [(wrong.offset, "this byte" if wrong.exact else "from here", wrong.problem) for wrong in found.wrong]
        show_table(("OFFSET", "WHERE", "WHAT IS WRONG"), rows)
        note(f"{file} does not hold: it was changed or damaged after it was made, or by its maker. Ask for it again.")
        return
    say(f"site {found.site}, {when(found.since)} to {when(found.until)}, made {when(found.made_at)}")
    say(f"records {found.first} to {found.last} under {found.heads} signed heads, {found.policies} changes of policy")
    show_table(("KIND", "RECORDS"), sorted(found.kinds.items()))
    say("whole: every byte is as it was signed, and every record is in the signed history")


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%d")
