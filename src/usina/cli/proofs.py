"""`usina ledger verify`, `prove` and `witness`: they need the ledger's folder only, no running factory and no key."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from usina.cli.options import as_json, debug
from usina.cli.output import console, note, on_terminal, say, show_json, show_table
from usina.core.errors import OperatorError
from usina.core.settings import environment

if TYPE_CHECKING:
    from usina.app import Verification

_BAR_BYTES = 50_000_000  # above it, verifying takes long enough to be watched

folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The ledger's folder. Default: ledger/ in the home of --home, USINA_HOME or ~/.usina.",
)
home_option = click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="Home of the factory.")


@click.command()
@folder_option
@home_option
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="The site's public ledger key (PEM) as you have it from elsewhere.")  # fmt: skip
@click.option("--heads", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="Lines of heads.log that you kept elsewhere; the ledger must continue them.")  # fmt: skip
@as_json
@debug
def verify(*, folder: Path | None, home: Path | None, key: Path | None, heads: Path | None, json_: bool) -> int:
    """Check that every byte of the ledger is as it was written and signed. Exits 1 where one is not.

    Needs no running factory; a factory that runs is not disturbed. Without --key the key beside the ledger is taken:
    that shows that the ledger is whole, not whose it is. Without --heads a ledger that was rolled back to an earlier
    copy of itself looks whole.
    """
    from usina.app import verify_folder

    place = _ledger_folder(folder, home)
    public_key = None if key is None else key.read_bytes()
    kept = b"" if heads is None else heads.read_bytes()
    try:
        watched = sum(path.stat().st_size for path in place.iterdir()) > _BAR_BYTES and on_terminal() and not json_
        found = _watched(place, public_key, kept) if watched else verify_folder(place, public_key, kept=kept)
    except OSError as error:
        raise OperatorError(f"{place}: {error.strerror}. Run this as the user that owns the ledger.") from error
    if json_:
        show_json(dataclasses.asdict(found))
    else:
        _show(found, place)
    return 0 if found.ok else 1


@click.command()
@click.argument("record", metavar="ID")
@folder_option
@home_option
@debug
def prove(record: str, folder: Path | None, home: Path | None) -> None:
    """Print the proof that a record is in the ledger, as JSON.

    ID is the record's number or the id of the request that it is about. Who holds the site's public key can check the
    proof without the ledger.
    """
    from usina.app import ProofError, prove_record

    place = _ledger_folder(folder, home)
    try:
        show_json(prove_record(place, record).json())
    except LookupError:
        raise OperatorError(
            f"The ledger in {place} has no record {record}. `usina ledger tail` shows the newest ones."
        ) from None
    except ProofError as error:
        raise OperatorError(f"{error}. Try again in some seconds, or check with `usina ledger verify`.") from None
    except OSError as error:
        raise OperatorError(f"{place}: {error.strerror}. Run this as the user that owns the ledger.") from error


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@folder_option
@home_option
@as_json
@debug
def witness(file: Path, folder: Path | None, home: Path | None, json_: bool) -> int:
    """Add the newest signed head to FILE, on removable media or a disk of somebody else.

    Nothing is added, and it exits 1, where the ledger does not continue the last head in FILE: it was rolled back or
    told anew since. Check against FILE later: `usina ledger verify --heads FILE`, `usina evidence verify --heads FILE`.
    """
    from usina.app import DoesNotContinueError, HeadError, witness_in_file

    place = _ledger_folder(folder, home)
    try:
        found = witness_in_file(place, file)
    except DoesNotContinueError as error:
        say(f"{file}: {error}; nothing was added")
        note("Keep both as they are. See what changed: usina ledger verify --heads FILE")
        return 1
    except LookupError:
        raise OperatorError("No head was signed yet: heads are signed every few seconds and when it stops.") from None
    except HeadError as error:
        raise OperatorError(f"{place}: {error}. Check it with `usina ledger verify`.") from None
    except OSError as error:
        raise OperatorError(f"{error.filename or file}: {error.strerror}.") from error
    if json_:
        show_json({"file": str(file), "heads": found.heads, "before": found.before, **found.head.json()})
    else:
        say(f"{file}: {found.heads} heads, the newest over {found.head.size} records (before: {found.before})")
    return 0


def _ledger_folder(folder: Path | None, home: Path | None) -> Path:
    if folder is None:
        base = home or Path(environment("USINA_HOME") or Path.home() / ".usina")
        folder = base.expanduser().absolute() / "ledger"
    if not folder.is_dir():
        raise OperatorError(f"{folder} is not there. Name the ledger's folder with --folder, or the home with --home.")
    return folder


def _watched(folder: Path, public_key: bytes | None, kept: bytes) -> Verification:
    """Verify with a bar."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from usina.app import verify_folder

    with Progress(BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console()) as progress:
        task = progress.add_task("", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return verify_folder(folder, public_key, show, kept=kept)


def _show(found: Verification, folder: Path) -> None:
    say(f"{folder}: {found.records} records, {found.signed} of them under {found.heads} signed heads")
    say(f"root {found.root}")
    if found.live:
        say("a factory is writing to it: records after its newest signed head were not judged")
    elif found.open_intents:
        say(f"{found.open_intents} acts have no outcome: the factory was killed; its next start marks them broken")
    if found.findings:
        rows = [(item.file, item.offset, item.seq or "", item.problem) for item in found.findings]
        show_table(("FILE", "OFFSET", "RECORD", "WHAT IS WRONG"), rows)
        note(
            "The ledger was changed or damaged. Keep the folder as it is, compare it with a backup, and see who could "
            "write to it."
        )
        return
    say("whole: every byte is as it was written and signed")
    if not found.trusted_key:
        note("Checked with the key beside the ledger. Give --key FILE to check whose ledger it is.")
