"""The command line: ``cyclebook init | check | fielding | run | status | release``. Exit codes: 0 all good, 1 some pages failed, 2 wrong input."""

from __future__ import annotations

import importlib
import signal
import sys
from datetime import date
from pathlib import Path

import click

from cyclebook import __version__
from cyclebook.errors import CyclebookError, InputError

DISTRICT = click.option(
    "--district",
    type=click.Path(path_type=Path),
    default=None,
    help="The district's folder, or any folder in it. Default: the nearest one at or above the working directory.",
)


class _Group(click.Group):
    """Errors that we can explain end the command with their text and an exit code, never with a traceback."""

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo(f"cyclebook: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            raise
        except (CyclebookError, OSError) as error:
            click.echo(f"cyclebook: {error}", err=True)
            ctx.exit(1)


@click.group(cls=_Group)
@click.version_option(__version__, prog_name="cyclebook")
def main() -> None:
    """From a folder of survey exports to an annotated report for every school."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--from", "exports", multiple=True, type=click.Path(path_type=Path), help="An export to propose the parameters from; may be given more than once.")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not sure is left out, and listed in REVIEW.md.")
def init(folder: Path, exports: tuple[Path, ...], yes: bool) -> None:
    """Make a new district folder: with templates to fill in, or with what can be proposed from your exports."""
    if exports:
        _init_from(folder, exports, yes)
        return
    from cyclebook.init import make

    for path in make(folder):
        click.echo(f"made {path}")
    click.echo(f"Next: open {folder / 'parameters' / 'district.yaml'} in an editor, then run `cyclebook check --district {folder}`.")


@main.command()
@click.argument("export", type=click.Path(path_type=Path))
@click.option("--sheet", default=None, help="A sheet of a workbook. Default: the first that holds anything.")
def recognise(export: Path, sheet: str | None) -> None:
    """Say what an export is, by what evidence and how surely, and which columns it offers. Nothing is written."""
    from cyclebook.sources.offer import lines

    for line in lines(export, sheet):
        click.echo(line)


@main.command()
@DISTRICT
@click.option("--all", "everything", is_flag=True, help="Every row set aside or flagged, not the first three of each kind.")
def check(district: Path | None, everything: bool) -> None:
    """Say what would be read, kept, set aside and held back, and why. Nothing is written."""
    from cyclebook import handed_out
    from cyclebook.batch.receipt import EXAMPLES, flagged_lines, group_lines, held_lines, lines, weighted_lines
    from cyclebook.batch.run import stray_notes
    from cyclebook.parameters import load
    from cyclebook.store import steps

    loaded = load(_folder(district))
    counts = (_count(len(getattr(loaded, what)), what.removesuffix("s")) for what in ("schools", "waves", "sources"))
    click.echo(f"{loaded.name}: {', '.join(counts)}")
    if not loaded.sources:
        click.echo("No source is declared yet: add your first export to parameters/sources.yaml.")
        return
    tables, held = handed_out.tables(loaded)
    for line in lines(tables, None if everything else EXAMPLES):
        click.echo(line)
    for line in held_lines(loaded, held):
        click.echo(line)
    click.echo("")
    for line in [*group_lines(loaded, tables), *flagged_lines(loaded, tables), *weighted_lines(loaded, tables), *_day(loaded, tables), *_rules(loaded, tables)]:
        click.echo(line)
    for step in steps(loaded.folder):  # what a run would refuse is refused here
        _, made = importlib.import_module(f"cyclebook.{step.room}.prepare").prepare(loaded, tables)
        for _ in made:
            pass
    for note in stray_notes(loaded.folder, list(loaded.schools), steps(loaded.folder)):
        click.echo(f"not read: {note} (no such school or step; see data/notes/README.md)")


@main.command()
@DISTRICT
@click.option("--schools", default="all", help="School ids, or groups such as coach=Rivera, with commas between them. Default: all.")
@click.option("--steps", default="all", help="Steps by number or name, such as 01. Default: all.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Where the reports go. Default: reports/ of the district.")
@click.option("--workers", type=click.IntRange(1, 61), default=None, help="Notebooks at the same time. Default: one for each processor.")
@click.option("--as-of", default="", help="The date the reports speak of, as 2025-11-21. Default: as configured, else the latest in the data.")
@click.option("--force", is_flag=True, help="Make pages again that are up to date.")
@click.option("--dry-run", is_flag=True, help="Only say what would be executed, and why.")
def run(
    district: Path | None, schools: str, steps: str, out: Path | None, workers: int | None, as_of: str, force: bool, dry_run: bool
) -> None:
    """Read the exports, execute every school's notebooks, and publish the reports."""
    from cyclebook.batch import run as batch
    from cyclebook.store import iso_date

    folder = _folder(district)
    out = (out or folder / "reports").resolve()
    day: date | None = iso_date(as_of)
    job = batch.prepare(folder, out, schools, steps, day, click.echo)
    if dry_run:
        items = [item for item in job.plan() if (item.school_id, item.step.name) in job.asked]
        for item in items:
            todo = force or item.state != "fresh"
            why = item.why or ("up to date; --force" if force else "up to date")
            click.echo(f"{'run ' if todo else 'keep'}  {item.school_id}  {item.step.name}  ({why})")
        todo = sum(force or item.state != "fresh" for item in items)
        click.echo(f"{todo} of {_count(len(items), 'page')} would be executed; nothing was published.")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends as Ctrl-C does, with everything put away
    with _Progress() as progress:
        outcomes = batch.run(job, workers or batch.default_workers(), force, progress.start, progress.step)
    failed = [outcome for outcome in outcomes if outcome.error]
    for outcome in failed:
        click.echo(f"failed  {outcome.school_id}  {outcome.step}: {outcome.error}", err=True)
    pages = len(job.asked)
    click.echo(f"{_count(len(outcomes) - len(failed), 'page')} made, {pages - len(outcomes)} were up to date, {len(failed)} failed. Open {out / 'index.html'}")
    sys.exit(1 if failed else 0)


@main.command()
@DISTRICT
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Where the reports are. Default: reports/ of the district.")
def status(district: Path | None, out: Path | None) -> None:
    """Say for each school and step whether its page is fresh, stale, failed (and why) or missing."""
    from cyclebook.batch import run as batch
    from cyclebook.batch.plan import manifest
    from cyclebook.store import iso_date

    folder = _folder(district)
    out = (out or folder / "reports").resolve()
    as_of = iso_date(manifest(out).get("as_of_option", ""))
    items = batch.prepare(folder, out, "all", "all", as_of, lambda text: None).plan()
    for item in items:
        click.echo(f"{item.state:8}{item.school_id}  {item.step.name}" + (f"  ({item.why})" if item.why else ""))
    counts = {state: sum(item.state == state for item in items) for state in ("fresh", "stale", "failed", "missing")}
    click.echo(", ".join(f"{count} {state}" for state, count in counts.items()))


@main.command()
@DISTRICT
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Where the reports are. Default: reports/ of the district.")
def audit(district: Path | None, out: Path | None) -> None:
    """Attack what is published: can a person or a small group be singled out, in a page or by subtracting pages? Nothing is written."""
    from cyclebook.batch.attack import reports
    from cyclebook.parameters import load

    folder = _folder(district)
    out = (out or folder / "reports").resolve()
    found = reports(load(folder), out)
    what = f"{_count(found.numbers, 'number')} on {_count(found.pages, 'page')}, about {_count(found.sets, 'group')} of people"
    if not found.leaks:
        click.echo(f"{what}: nothing follows about fewer than {found.smallest_group} people.")
        return
    for leak in found.leaks:
        click.echo(f"{leak}\n    on {', '.join(leak.pages[:6])}{' and more' * (len(leak.pages) > 6)}", err=True)
    click.echo(f"{what}: {_count(len(found.leaks), 'leak')}. Do not hand these reports out; run `cyclebook run` again.", err=True)
    sys.exit(1)


@main.command()
@DISTRICT
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Where the reports are. Default: reports/ of the district.")
@click.option("--note", default="", help="What you want to remember of it, such as: handed to the principals.")
@click.option("--correct", "reason", default="", help="Why numbers that were handed out before are made of other answers now.")
@click.option("--dry-run", is_flag=True, help="Only say what would be remembered.")
def release(district: Path | None, out: Path | None, note: str, reason: str, dry_run: bool) -> None:
    """Remember the reports as handed out, so that later ones, held beside them, reveal no one. Do this each time before you hand them out."""
    from cyclebook.batch import release as handing_out

    folder = _folder(district)
    handing_out.release(folder, (out or folder / "reports").resolve(), note.strip(), reason.strip(), dry_run, click.echo)


@main.command()
@DISTRICT
@click.option("--wave", "wave_id", default=None, help="The survey wave, an id of parameters/district.yaml. Default: the one that is open, else the next.")
@click.option("--survey", default=None, help="The survey, an id of parameters/sources.yaml. Default: those of the wave.")
@click.option("--as-of", default="", help="The day to speak of, as 2025-10-15. Default: as configured, else the latest in the data.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="A folder for fielding.csv, reminder.ics and message.txt. Default: only the screen.")
def fielding(district: Path | None, wave_id: str | None, survey: str | None, as_of: str, out: Path | None) -> None:
    """While a survey is open: how many have answered in each school, reminders, and a text to send. No score is computed."""
    from cyclebook import sources
    from cyclebook.batch import beside
    from cyclebook.fielding import counts, prepare, readings, sections
    from cyclebook.parameters import load
    from cyclebook.reading import Reading, sentence
    from cyclebook.store import iso_date

    folder = _folder(district)
    asked = iso_date(as_of)
    out = beside.allowed(folder, out) if out else None
    loaded = load(folder, asked)
    wave = loaded.wave(wave_id) if wave_id is not None else None
    language = str(loaded.settings()["language"].value)

    def say(*said: Reading) -> None:
        for one in said:
            click.echo(sentence(one, language))

    tables = None if loaded.as_of else sources.read(loaded)  # the latest day may stand in any file
    day = loaded.as_of or prepare.today(loaded, tables)
    if day is None:
        raise InputError("there is no day to speak of: no as_of in parameters/district.yaml, and no dated data. Name it with --as-of 2025-10-15.")
    say(readings.spoken_of(day, readings.ASKED if asked else readings.CONFIGURED if loaded.as_of else readings.DATA))
    if wave is None:
        wave = counts.choose(loaded.waves, day)
        if wave is None:
            last = max(loaded.waves, key=lambda one: one.end)
            say(Reading.of("f_all_over", wave=last.label, end=last.end, id=last.id))
            return
        if counts.phase(wave, day) == counts.AHEAD:
            say(Reading.of("f_none_open"))
        say(*readings.also_open([one.id for one in loaded.waves if one is not wave and counts.phase(one, day) == counts.OPEN]))
    surveys = prepare.surveys_of(loaded, wave, survey)
    found = prepare.fieldings(loaded, tables or prepare.tables_for(loaded, wave, surveys), wave, surveys, day)
    for one in found:
        click.echo("")
        for line in sections.screen(one, language):
            click.echo(line)
    if out is None:
        return
    files = {
        "fielding.csv": sections.for_spreadsheet(found).encode("utf-8-sig"),
        "reminder.ics": sections.calendar(found, loaded.id, language).encode(),
        "message.txt": sections.message(found, language).encode(),
    }
    beside.write(out, files)
    click.echo("")
    say(Reading.of("f_written", files=tuple(str(out / name) for name in files)))
    say(*dict.fromkeys(reading for one in found for reading in readings.before_sending(one)))


def _init_from(folder: Path, exports: tuple[Path, ...], yes: bool) -> None:
    from cyclebook.init import from_exports, review

    def answer(prompt: str) -> str:
        click.echo(prompt, nl=False)
        typed = sys.stdin.readline()
        return typed if typed else "stop"  # the terminal is gone

    terminal = sys.stdin is not None and sys.stdin.isatty()
    ready = from_exports.prepare(folder, exports, answer if terminal and not yes else None, click.echo)
    written = from_exports.make(folder, ready)
    proposal = ready.proposal
    unsure = from_exports.open_points(proposal)
    if unsure:
        click.echo("")
        click.echo(f"Not sure of {review.summary(proposal)}." + ("" if yes or terminal else " No terminal: nothing was asked."))
        for line in unsure:
            click.echo(line)
    if ready.read:
        click.echo("")
        click.echo("Read by this proposal:")
        for line in ready.read:
            click.echo(f"  {line}")
    click.echo("")
    mine = [path for path in written if path.parent.name in ("parameters", "raw", "codebooks") or path.name == "REVIEW.md"]
    for path in mine:
        click.echo(f"made {path}")
    click.echo(f"and {_count(len(written) - len(mine), 'file')} more: notebooks, templates and explanations.")
    left = any(plan.table is None for plan in proposal.plans)
    more = " Write a scale, and declare the export: its lines stand in parameters/sources.yaml." if left else ""
    click.echo(f"Next: read {folder / 'REVIEW.md'} and correct the files that it names.{more}")
    click.echo(f"Then: `cyclebook check --district {folder}`, and `cyclebook run --district {folder}`.")


def _rules(loaded, tables) -> list[str]:
    """For each cycle whose rule does not stand fixed, what to do about it."""
    from cyclebook import facts
    from cyclebook.planning import frozen

    said, day = [], facts.as_of(loaded, tables)
    for cycle in loaded.cycles.values():
        remedy = {
            "not_started": f'its rule is not fixed yet. When the plan is complete, and before it starts, add rule_hash: "{frozen.digest(cycle)}"',
            "open": "it began before its rule was fixed, so it gets no verdict. For the weeks to come, write a new cycle and fix its rule first.",
            "changed": "its rule is not the one that was fixed, so it gets no verdict. Undo the change, or write a new cycle with the new rule.",
        }.get(frozen.state(cycle, day))
        if remedy:
            said.append(f"cycle {cycle.id}: {remedy}")
        elif cycle.rule:
            said.append(f"cycle {cycle.id}: its rule is fixed.")
    return said


def _day(loaded, tables) -> list[str]:
    """The day that the pages will speak of, and how many rows are dated after it."""
    from cyclebook import facts

    day = facts.as_of(loaded, tables)
    if day is None:
        return []
    later = sum(int((table["date"] > day.isoformat()).sum()) for table in (tables.ratings, tables.series, tables.teams))
    where = "as configured" if loaded.as_of else "the latest day in the data; as_of in parameters/district.yaml sets another"
    said = [f"The pages speak of {day} ({where})."]
    return said + ([f"{later:,} rows are dated after it: they are kept, and not used until then."] if later else [])


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _folder(district: Path | None) -> Path:
    from cyclebook.parameters import find_district

    return find_district((district or Path.cwd()).resolve())


class _Progress:
    """A bar on a terminal, one plain line for each page elsewhere."""

    def __enter__(self) -> _Progress:
        self._bar = None
        self._total = self._done = 0
        return self

    def start(self, total: int) -> None:
        self._total = total
        if total and sys.stdout.isatty():
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns)
            self._task = self._bar.add_task("Reports", total=total)
            self._bar.start()

    def step(self, outcome) -> None:
        self._done += 1
        if self._bar is not None:
            self._bar.advance(self._task)
            return
        state = "failed" if outcome.error else "made"
        click.echo(f"{self._done}/{self._total}  {state}  {outcome.school_id}  {outcome.step}  {outcome.seconds:.1f} s")

    def __exit__(self, *error) -> None:
        if self._bar is not None:
            self._bar.stop()


if __name__ == "__main__":
    main()
