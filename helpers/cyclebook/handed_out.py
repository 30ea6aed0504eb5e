"""What was handed out (``data/releases/``), read and checked; and the tidy tables as they may be used beside it.

    data/releases/key                    the district's secret, without which nobody can tell whose digests these are
    data/releases/2-2025-11-21/          a release: its number, and the day its pages speak of
        published.parquet                every number that was published, as reports/published.parquet
        bases.parquet                    who stood behind them, as keyed digests (``privacy.bases``)
        release.json                     what it was: see ``batch.release``

Written by ``batch.release`` only.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook.errors import InputError
from cyclebook.parameters.plan_model import window
from cyclebook.privacy.bases import BASE, COLUMNS, Use
from cyclebook.privacy.releases import Release, hold

if TYPE_CHECKING:
    import pandas as pd

    from cyclebook.parameters import District
    from cyclebook.sources import Tables

FOLDER = Path("data", "releases")
KEY = "key"
LEDGER, BASES, ABOUT = "published.parquet", "bases.parquet", "release.json"
NAME = re.compile(r"([1-9][0-9]*)-([0-9]{4}-[0-9]{2}-[0-9]{2}|undated)")
KEY_BYTES = 32


def tables(district: District) -> tuple[Tables, pd.DataFrame]:
    """The district's tidy tables as they may be used beside what was handed out, and what is held back (``privacy.releases.hold``).

    Raises InputError as `sources.read` does, where a release, or the key, is not there or not as it was written, and for a correction
    of a release that there is not.
    """
    from cyclebook import sources

    releases = read(district.folder)
    last = releases[-1].number if releases else 0
    for correction in district.corrections:
        if correction.release > last:
            raise InputError(
                f"parameters/corrections.yaml: there is no release {correction.release} to be corrected; "
                + (f"the last one is {last}." if last else "nothing was handed out yet. Remove the entry.")
            )
    _still_declared(district, releases)
    found = sources.read(district)
    secret = key(district.folder) if releases else b""
    smallest = int(district.settings()["smallest_group"].value)
    return hold(found, releases, secret, smallest, use(district), district.corrections)


def _still_declared(district: District, releases: list[Release]) -> None:
    """Raise InputError where numbers were handed out under an id that is gone: under another one nobody could compare them."""
    waves, terms = {wave.id for wave in district.waves}, {term.id for term in district.terms}
    for release in releases:
        for table, survey, period, school in release.bases[BASE].drop_duplicates().itertuples(index=False):
            month = table in ("ratings", "series") and period[:4].isdigit() and period[4:5] == "-" and len(period) in (7, 10)
            for file, known, name in (
                ("parameters/sources.yaml has no survey", set(district.surveys) | {survey if table != "responses" else ""}, survey),
                ("parameters/district.yaml has no wave or term", waves | terms | {period if month else ""}, period),
                ("parameters/schools.csv has no school_id", set(district.schools), school),
            ):
                if name not in known:
                    raise InputError(
                        f"{file} {name!r}, of which release {release.number} handed out numbers. Give it back its id: "
                        "under another one nobody could tell what has changed since."
                    )


def use(district: District) -> Use:
    """What the district's numbers are made of."""
    day = district.as_of
    return Use(
        waves=frozenset(wave.id for wave in district.waves if not (day and wave.start > day)),
        day=day.isoformat() if day else "",
        scales=district.scales,
        window=lambda rates, when: window(when, district.terms if rates == "collaboration" else ()),
        personal=frozenset(measure.id for measure in district.measures.values() if measure.people),
        breakdowns=tuple(district.breakdowns),
    )


def folders(folder: Path) -> list[Path]:
    """The folders of the district's releases in their order. Raises InputError where one is missing."""
    found: dict[int, Path] = {}
    for path in (folder / FOLDER).glob("*"):
        name = NAME.fullmatch(path.name)
        if name and path.is_dir():
            if int(name[1]) in found:
                raise InputError(f"{FOLDER.as_posix()}: two releases have the number {name[1]}; restore the folder from a backup.")
            found[int(name[1])] = path
    gone = [number for number in range(1, max(found, default=0)) if number not in found]
    if gone:
        raise InputError(f"{FOLDER.as_posix()}: release {gone[0]} is missing, and what it handed out cannot be protected; restore it from a backup.")
    return [found[number] for number in sorted(found)]


def read(folder: Path) -> list[Release]:
    """The district's releases in their order; none where nothing was handed out. Raises InputError as `folders` and `about` do."""
    import pandas as pd

    found = []
    for path in folders(folder):
        said = about(path)
        if said["key"] != check_of(key(folder)):
            raise InputError(f"{FOLDER.as_posix()}/{KEY}: not the key of {path.name}; restore the one of then from a backup.")
        if said.get("seal") != seal_of(said, key(folder)):
            raise _changed(path, ABOUT)
        found.append(Release(said["number"], said["as_of"], said["form"], pd.read_parquet(path / BASES)[list(COLUMNS)].astype(COLUMNS)))
    return found


def about(path: Path) -> Mapping:
    """What a release's folder says of it. Raises InputError where a file is gone or is not as it was written."""
    try:
        said = json.loads((path / ABOUT).read_text(encoding="utf-8"))
        wrong = next((name for name, expected in said["files"].items() if hashlib.sha256((path / name).read_bytes()).hexdigest() != expected), None)
        whole = {LEDGER, BASES} == set(said["files"]) and said["number"] == int(path.name.split("-")[0]) and {"as_of", "form", "key"} <= said.keys()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        wrong, whole = ABOUT, True
    if wrong or not whole:
        raise _changed(path, wrong or ABOUT)
    return said


def _changed(path: Path, name: str) -> InputError:
    return InputError(f"{FOLDER.as_posix()}/{path.name}/{name}: not as it was written when the reports were handed out; restore it from a backup.")


def key(folder: Path) -> bytes:
    """The district's secret. Raises InputError where it is gone: then nothing can be compared with what was handed out."""
    path = folder / FOLDER / KEY
    try:
        text = path.read_text(encoding="ascii").strip()
        secret = bytes.fromhex(text)
    except (OSError, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise InputError(
            f"{FOLDER.as_posix()}/{KEY}: missing or not readable. Without it nobody can tell what has changed since reports were handed out. "
            f"Restore it from a backup. If it is lost, move {FOLDER.as_posix()} to another place: from then on nothing keeps a late answer from "
            "being read off the reports of before, so hand out only numbers of new waves."
        )
    return secret


def check_of(secret: bytes) -> str:
    """What a release keeps of the secret, to know it again: nothing follows from it."""
    return hashlib.blake2b(b"the key of the releases", key=secret, digest_size=16).hexdigest()


def seal_of(said: Mapping, secret: bytes) -> str:
    """The seal of what release.json says beside it, which cannot be made without the secret."""
    text = json.dumps({name: value for name, value in said.items() if name != "seal"}, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), key=secret, digest_size=16).hexdigest()


def ledgers(folder: Path) -> pd.DataFrame:
    """Every number that was handed out: the columns of reports/published.parquet, and `release`. Empty without a release."""
    import pandas as pd

    parts = [pd.read_parquet(path / LEDGER).assign(release=int(about(path)["number"])) for path in folders(folder)]
    if parts:
        return pd.concat(parts, ignore_index=True)
    columns = {"page": "str", "anchor": "str", "statistic": "str", "value": "float64", "n": "Int64", "answered": "Int64", "set": "str", "release": "int64"}
    return pd.DataFrame(columns=list(columns)).astype(columns)


def files(folder: Path) -> list[Path]:
    """All files that the tables depend on beside parameters and sources."""
    held = folder / FOLDER
    found = [held / KEY] if (held / KEY).is_file() else []
    inside = (path for path in held.glob("*/*") if NAME.fullmatch(path.parent.name) and path.is_file())
    return sorted([*found, *inside])
