"""The reports are handed out: what they say, and who stood behind it, is remembered. See ``handed_out`` for the folder.

``release.json`` holds: format; number; as_of, the day of the pages; district_id; program; note; correction (the reason given, or "");
corrections (those of parameters/corrections.yaml that were in force); changed (the bases of which other answers are published than in the
release before, as [table, survey, period, school]); smallest_group; form (``bases.Use.form``); key (``handed_out.check_of``); files (name
to SHA-256); seal (``handed_out.seal_of``). No clock: a release is as old as the day of its pages.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from cyclebook import __version__, handed_out, store
from cyclebook.batch import run as batch
from cyclebook.batch.plan import manifest
from cyclebook.errors import CyclebookError, InputError
from cyclebook.parameters import District, load
from cyclebook.privacy.bases import BASE, bases
from cyclebook.privacy.releases import Release, changed, covers
from cyclebook.spreadsheet import write_private

#: How many pages that are not as they should be are named.
EXAMPLES = 3


def release(folder: Path, out: Path, note: str, reason: str, dry_run: bool, say: Callable[[str], None]) -> Path | None:
    """Remember what is published in `out` as handed out; the new folder, or None where nothing is written.

    note, reason: what the analyst says of it, and why numbers that were handed out before are corrected. Raises InputError where there
    are no reports, a page is not up to date or was changed by hand, the data are others than those of the pages, another run is at
    work, or earlier numbers changed and no reason is given.
    """
    from filelock import FileLock, Timeout

    folder = folder.resolve()
    said = manifest(out)
    if not said.get("pages"):
        raise InputError(f"{out}: no reports here; make them with `cyclebook run`, look at them, then release them")
    option = store.iso_date(said.get("as_of_option", ""))
    job = batch.prepare(folder, out, "all", "all", option, lambda text: None)
    lock = FileLock(folder / store.FOLDER / "run.lock", mode=0o600)
    try:
        held = lock.acquire(timeout=0)
    except Timeout:
        raise InputError("another run is at work in this district; wait until it has ended") from None
    with held:
        _check(job, said)
        district = load(folder, option)
        releases = handed_out.read(folder)
        secret = handed_out.key(folder) if releases or (folder / handed_out.FOLDER / handed_out.KEY).is_file() else None
        use, smallest = handed_out.use(district), int(district.settings()["smallest_group"].value)
        tables, _ = handed_out.tables(district)
        now = bases(tables, secret or bytes(handed_out.KEY_BYTES), use, smallest, tables.withheld)
        if store.prepare(folder, {step.name: step.room for step in job.steps}, option) != job.bundles:
            raise InputError("the data or parameters were changed meanwhile; run `cyclebook run`, then release")
        ledger = (out / handed_out.LEDGER).read_bytes()
        last = releases[-1] if releases else None
        if last and _same(folder, last, ledger, now, use.form):
            say(f"The reports are those of release {last.number} ({last.as_of}): nothing is written.")
            return None
        other = changed(last.bases, now) if last else now.iloc[:0].assign(added=0, gone=0)
        _check_reason(other, district, last, reason)
        number, day = (last.number + 1 if last else 1), said["as_of"] or "undated"
        path = folder / handed_out.FOLDER / f"{number}-{day}"
        groups = len(now[BASE].drop_duplicates())
        kept_in = {step.name for step in job.steps if step.internal}
        pages = [page for page in said["pages"] if page["step"] not in kept_in]
        say(f"Release {number}: {len(pages)} pages of {day}, {_numbers(ledger):,} numbers, of {groups:,} groups of respondents.")
        for page in said["pages"]:
            if page["step"] in kept_in:
                say(f"  not to be handed out: {page['school_id']}/{page['step']}.html is internal. Its numbers are remembered, for the team has seen them.")
        for base in other[BASE].itertuples(index=False):
            say(f"  other answers than in release {last.number}: {base.school_id} in {base.period} ({base.survey})")
        if dry_run:
            say("Nothing was written.")
            return None
        about = {
            "format": 1, "number": number, "as_of": said["as_of"], "district_id": district.id, "program": __version__, "note": note,
            "correction": reason, "corrections": [asdict(one) for one in district.corrections], "changed": other[BASE].values.tolist(),
            "smallest_group": smallest, "form": use.form,
        }  # fmt: skip
        if secret is None:
            secret = _new_key(folder)
            now = bases(tables, secret, use, smallest, tables.withheld)
        files = {handed_out.LEDGER: ledger, handed_out.BASES: _parquet(now)}
        about |= {"key": handed_out.check_of(secret), "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}}
        _write(path, about | {"seal": handed_out.seal_of(about, secret)}, files)
    say(f"It is remembered in {path}. Keep data/releases with your backups: without it nobody is protected from a comparison of releases.")
    return path


def _check(job: batch.Job, said: dict) -> None:
    """Raise InputError where what is published is not what the district's data, parameters and program make now."""
    wrong = [item for item in job.plan() if item.state != "fresh"]
    if wrong:
        some = "; ".join(f"{item.school_id} {item.step.name}: {item.why}" for item in wrong[:EXAMPLES])
        more = f"; and {len(wrong) - EXAMPLES} more" if len(wrong) > EXAMPLES else ""
        raise InputError(f"{len(wrong)} pages in {job.out} are not as they should be ({some}{more}); run `cyclebook run`, then release")
    for name, expected in said.get("whole", {}).items():
        file = job.out / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != expected:
            raise InputError(f"{file} was changed by hand; run `cyclebook run`, then release")
    if said.get("inputs") != store.inputs_digest(job.bundles):
        raise InputError(f"the data or parameters are others than those that {job.out} was made from; run `cyclebook run`, then release")


def _same(folder: Path, last: Release, ledger: bytes, now: pd.DataFrame, form: str) -> bool:
    then = (handed_out.folders(folder)[-1] / handed_out.LEDGER).read_bytes()
    return then == ledger and last.form == form and last.bases.equals(now)


def _check_reason(other: pd.DataFrame, district: District, last: Release | None, reason: str) -> None:
    """Raise InputError where answers that were handed out are replaced and nobody says why, or a reason is given for nothing."""
    if reason and other.empty:
        raise InputError("--correct: no number that was handed out before is made of other answers now; leave it out")
    gone = other[other["gone"] > 0]
    open_ = [base for base in gone[BASE].itertuples(index=False, name=None) if not any(covers(one, base, last.number) for one in district.corrections)]
    if open_ and not reason:
        _, survey, period, school = open_[0]
        raise InputError(
            f"answers of {len(open_)} groups that were handed out in release {last.number} are gone or changed (such as {school} in {period}, {survey}); "
            'say why with --correct "…", so that the release tells it'
        )


def _new_key(folder: Path) -> bytes:
    """Make the district's secret, for its owner only."""
    _private(folder / handed_out.FOLDER)
    secret = secrets.token_bytes(handed_out.KEY_BYTES)
    write_private(folder / handed_out.FOLDER / handed_out.KEY, (secret.hex() + "\n").encode())
    return secret


def _write(path: Path, about: dict, files: dict[str, bytes]) -> None:
    """Write a release's folder aside and give it its name last, so that there is all of it or nothing."""
    parent = path.parent
    _private(parent)
    for left in parent.glob(".new-*"):  # of a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=parent))
    try:
        text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
        for name, content in (files | {handed_out.ABOUT: text.encode()}).items():
            write_private(new / name, content)
            with open(new / name, "rb") as file:
                os.fsync(file.fileno())
        new.rename(path)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise CyclebookError(f"{folder}: cannot be written ({error.strerror}); allow writing there") from None


def _parquet(table: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    table.to_parquet(out, index=False)
    return out.getvalue()


def _numbers(ledger: bytes) -> int:
    return int(pd.read_parquet(io.BytesIO(ledger))["value"].notna().sum())
