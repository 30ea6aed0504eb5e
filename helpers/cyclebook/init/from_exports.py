"""`cyclebook init DIR --from EXPORT`: a proposal, tried out before anything is written, then the folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook.init import TEMPLATES, check_free, files, review, write
from cyclebook.init.ask import ask
from cyclebook.init.export import open_export
from cyclebook.init.propose import Proposal, propose
from cyclebook.init.study import study
from cyclebook.parameters import load

if TYPE_CHECKING:
    from cyclebook.sources import Tables

#: A larger file stays where it is, and its place is written.
LARGE = 200 * 1024 * 1024
#: So many open questions are shown on the screen.
MOST_POINTS = 15
#: The template's codebook that a proposed one takes the place of.
REPLACED = Path("parameters", "codebooks", "staff_survey.yaml")


@dataclass(frozen=True, eq=False)
class Ready:
    """What will be written. texts: by path in the folder. copies: export by path in the folder. read: what reading by the proposal gave."""

    proposal: Proposal
    texts: Mapping[Path, str]
    copies: Mapping[Path, Path]
    read: tuple[str, ...]


def prepare(folder: Path, exports: Sequence[Path], answer: Callable[[str], str] | None, say: Callable[[str], None]) -> Ready:
    """Propose from the exports, ask (where `answer` shows prompts; None: nothing is asked), and try the result out. Nothing is written.

    Raises InputError when the folder holds something, when an export cannot be read, and when the proposal could not be read either.
    """
    check_free(folder)
    studies = [study(open_export(path)) for path in exports]
    proposed = partial(propose, studies, taken=_taken())
    first = proposed({})
    for line in shown(first):
        say(line)
    decided = ask(proposed, answer, say) if answer is not None else {}
    proposal = proposed(decided)
    paths, copies = _places(proposal)
    texts = _texts(proposal, paths, ())
    read = _tried(proposal, texts)
    return Ready(proposal, _texts(proposal, paths, read), copies, read)


def make(folder: Path, ready: Ready) -> list[Path]:
    """Write the folder, and copy the exports so that only their owner can read them. Gives back the files, in order."""
    written = files(folder, ready.texts, without=(REPLACED,), example=ready.proposal.schools[0].school_id)
    for name, export in ready.copies.items():
        target = folder / name
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out, export.open("rb") as source:
            shutil.copyfileobj(source, out)
        written.append(target)
    if os.name == "posix":
        (folder / "REVIEW.md").chmod(0o600)
    return sorted(written)


def shown(proposal: Proposal) -> list[str]:
    """What was found, for the screen."""
    lines = []
    for plan in proposal.plans:
        lines += [*review.recognised(plan), "", *review.columns_by_use(plan), ""]
    scales = review.scales(proposal)
    lines += ["Scales proposed:", *scales, ""] if scales else []
    lines += [f"{plan.file} is not declared yet: {plan.why_not}." for plan in proposal.plans if not plan.table]
    lines += [f"Schools ({len(proposal.schools)}):", *review.schools(proposal)]
    return lines


def open_points(proposal: Proposal) -> list[str]:
    """What is unsure after all answers, for the screen."""
    found = review.unsure(proposal)
    lines = [line for question in found[:MOST_POINTS] for line in (f"  {question.ask}", f"    {question.why}")]
    return lines + ([f"  … and {len(found) - MOST_POINTS} more, in REVIEW.md"] if len(found) > MOST_POINTS else [])


def _taken() -> set[str]:
    """The ids of the codebooks that every new folder gets."""
    from cyclebook.parameters.codebooks import read_codebooks
    from cyclebook.parameters.yaml_files import Faults

    books = read_codebooks(TEMPLATES, Faults())
    return {key for name, book in books.items() if name != REPLACED.stem for key in (*book.items, *book.scales)}


def _places(proposal: Proposal) -> tuple[dict[str, str], dict[Path, Path]]:
    """How each source's path is written, and which files are copied to where in the folder."""
    paths, copies = {}, {}
    for plan in proposal.plans:
        export = plan.study.export.path
        if export.stat().st_size > LARGE:
            paths[plan.name] = export.resolve().as_posix().replace("${", "_{")
            continue
        ending = "".join(export.suffixes[-2:]) if export.suffix == ".gz" else export.suffix
        target = Path("data", "raw", plan.name + "".join(letter for letter in ending if letter.isalnum() or letter == "."))
        copies[target] = export
        paths[plan.name] = target.as_posix()
    return paths, copies


def _texts(proposal: Proposal, paths: Mapping[str, str], read: Sequence[str]) -> dict[Path, str]:
    parameters = Path("parameters")
    template = {name: (TEMPLATES / parameters / name).read_text(encoding="utf-8") for name in ("sources.yaml", "district.yaml")}
    names = {plan.keys.get("codebook"): plan.file for plan in reversed(proposal.plans)}
    texts = {
        parameters / "sources.yaml": write.sources_yaml(proposal, paths, template["sources.yaml"]),
        parameters / "district.yaml": write.district_yaml(proposal, template["district.yaml"]),
        parameters / "schools.csv": write.schools_csv(proposal),
        Path("REVIEW.md"): review.review_md(proposal, read),
    }
    return texts | {parameters / "codebooks" / f"{name}.yaml": write.codebook_yaml(book, names.get(name, name)) for name, book in proposal.books.items()}


def _tried(proposal: Proposal, texts: Mapping[Path, str]) -> tuple[str, ...]:
    """Load the texts as they will stand, and read the exports by them. Raises InputError where that fails."""
    from cyclebook import sources

    exports = {plan.name: plan.study.export.path for plan in proposal.plans}
    with tempfile.TemporaryDirectory() as temporary:
        for name, text in texts.items():
            (Path(temporary) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(temporary) / name).write_text(text, encoding="utf-8", newline="\n")
        district = load(Path(temporary))
    found = {name: replace(source, path=exports[name]) for name, source in district.sources.items()}
    if not found:
        return ()
    return tuple(_counts(sources.read(replace(district, sources=found))))


def _counts(tables: Tables) -> Iterator[str]:
    """What was read, kept and set aside, and the reasons: without values, which `cyclebook check` shows."""
    for source in tables.receipts.itertuples():
        yield f"{source.file}: read {source.read:,}, kept {source.kept:,}, set aside {source.set_aside:,}, flagged {source.flagged:,}"
        problems = tables.problems[tables.problems["source"] == source.source]
        for (action, reason), group in problems.groupby(["action", "reason"], sort=False):
            yield f"  {action}: {reason} ({len(group):,})"
