"""Reference cases of other people's software, run through the public functions.

    python -m tests.reference CASES.yaml --data DIR

prints a line for each case that did not match and last `N matched, M failed, K unsupported`; exit 1 if any failed. Only cases
with `runner: true` run. A case names a `function`, `inputs`, `data` (a file under DIR, else beside the YAML file), `expected`
values and a `tolerance`: a number is absolute, `{rel: r}` relative, `exact`, and `{counts: exact, limits_rel: r}` exact for
whole numbers and relative for others; an expected 0 is met within 1e-9. A mapping lists some keys only. `null`: does not apply.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from cyclebook.climate import agreement, pooling
from cyclebook.climate.evidence import networks, voice
from cyclebook.climate.reliability import reliability
from cyclebook.evaluation import charts
from cyclebook.sources.recognise import recognise

MISSING = ["", "NA", "N/A", "NaN", "nan", "NULL"]
NEAR_ZERO = 1e-9


class Unsupported(Exception):
    """The case asks for something that no public function does yet."""


def read_table(path: Path) -> pd.DataFrame:
    """A csv, csv.gz (as text) or parquet file as a table."""
    if path.name.endswith(".parquet"):
        return pd.read_parquet(path)
    if not path.name.endswith((".csv", ".csv.gz")):
        raise Unsupported(f"no reader for {path.name}")
    options: dict[str, Any] = {"dtype": "str", "keep_default_na": False, "na_values": MISSING}
    try:
        return pd.read_csv(path, encoding="utf-8-sig", **options)
    except UnicodeDecodeError:
        return pd.read_csv(path, encoding="cp1252", **options)


def id_text(value: Any) -> Any:
    """A group's id as text, the same from any file: 1, 1.0 and "1.0" are "1"; a missing id stays missing."""
    return value if pd.isna(value) else re.sub(r"^(-?\d+)\.0+$", r"\1", str(value).strip())


@dataclass(frozen=True)
class Case:
    """What a function needs of a case: its inputs, its data file, and the folders in which files are found."""

    inputs: Mapping[str, Any]
    data: str
    folders: tuple[Path, ...]

    def only(self, *known: str) -> None:
        unknown = sorted(set(self.inputs) - set(known))
        if unknown:
            raise Unsupported(f"input {', '.join(unknown)}")

    def path(self, name: str) -> Path:
        for folder in self.folders:
            if (folder / name).is_file():
                return folder / name
        raise FileNotFoundError(f"{name} is not in {' nor in '.join(str(folder) for folder in self.folders)}")


def group_and_value(case: Case) -> tuple[pd.Series, pd.Series]:
    table = read_table(case.path(case.data))
    return table[case.inputs["group"]].map(id_text), pd.to_numeric(table[case.inputs["value"]])


def run_icc(case: Case) -> dict[str, Any]:
    case.only("group", "value", "estimator")
    return pooling.icc(*group_and_value(case), estimator=case.inputs.get("estimator", "anova"))._asdict()


def run_pooled_means(case: Case) -> dict[str, Any]:
    case.only("group", "value")
    return pooling.pooled_means(*group_and_value(case))._asdict()


def run_reliability(case: Case) -> dict[str, Any]:
    case.only("items", "low", "high", "minimum_answered")
    names = [name.removeprefix("-") for name in case.inputs["items"]]
    items = read_table(case.path(case.data))[names].apply(pd.to_numeric)
    reverse = [name for name in names if f"-{name}" in case.inputs["items"]]
    found = reliability(items, reverse, *(case.inputs.get(name) for name in ("low", "high", "minimum_answered")))._asdict()
    # the cases' keys name the rule; "min3of5" is also what the list of keys calls any of them
    for rule in (f"min{case.inputs.get('minimum_answered')}of{len(names)}", "min3of5"):
        found |= {f"{key}_{rule}": found[key] for key in ("score_mean", "score_sd", "n_scored")}
    return found


def over_groups(found: agreement.Agreement) -> dict[str, Any]:
    """An agreement index as the cases name it: by group under `rwg` and `first5`, whose keys say which groups are compared."""
    return found._asdict() | {"first5": found.by_group, "rwg": found.by_group}


def run_rwg(case: Case) -> dict[str, Any]:
    case.only("group", "value", "options")
    group, value = group_and_value(case)
    return over_groups(agreement.rwg(group, value, case.inputs["options"])) | {"range": [value.min(), value.max()]}


def run_rwg_j(case: Case) -> dict[str, Any]:
    case.only("group", "items", "options", "variant")
    table = read_table(case.path(case.data))
    items = table[list(case.inputs["items"])].apply(pd.to_numeric)
    group = table[case.inputs["group"]].map(id_text)
    return over_groups(agreement.rwg_j(group, items, case.inputs["options"], case.inputs.get("variant", "james")))


def run_average_deviation(case: Case) -> dict[str, Any]:
    case.only("group", "value", "options")
    # the cases count a group of one as 0; the pages have no index for it
    return over_groups(agreement.average_deviation(*group_and_value(case), case.inputs.get("options"), fewest=1))


def filtered(table: pd.DataFrame, where: Mapping[str, Any]) -> pd.DataFrame:
    """The rows in which each column has the value, or one of the values, that `where` names; numbers and texts are the same."""
    for name, wanted in where.items():
        table = table[table[name].map(id_text).isin([id_text(value) for value in several(wanted)])]
    return table


def run_network(case: Case) -> dict[str, Any]:
    case.only("edges", "nodes", "where", "source", "target", "tie", "node", "same", "attribute", "nominal")
    inputs, where = case.inputs, case.inputs.get("where") or {}
    nodes, rows = (read_table(case.path(inputs[name])) for name in ("nodes", "edges"))
    unknown = [name for name in where if name not in nodes and name not in rows]
    if unknown:
        raise KeyError(f"no file has the column {unknown[0]}")
    nodes, rows = (filtered(table, {name: value for name, value in where.items() if name in table}) for table in (nodes, rows))
    names, ends = nodes[inputs["node"]].map(id_text), [rows[inputs[end]].map(id_text) for end in ("source", "target")]
    if any(name not in rows for name in where):  # only the nodes say who belongs here
        here = ends[0].isin(names) & ends[1].isin(names)
        rows, ends = rows[here], [end[here] for end in ends]
    numbers = {name: pd.to_numeric(rows[inputs[name]]) for name in ("tie", "same") if inputs.get(name)}
    if inputs.get("attribute"):
        numbers["attribute"] = pd.to_numeric(nodes[inputs["attribute"]])
    nominal = nodes[inputs["nominal"]].map(id_text) if inputs.get("nominal") else None
    found = networks.network(names, *ends, **numbers, nominal=nominal)
    return found._asdict() | {
        "same_grade_tie_share": found.same_tie_share,
        "same_grade_dyad_share": found.same_dyad_share,
        "cor_trust_indegree": found.attribute_indegree_r,
    }


def run_equity_of_voice(case: Case) -> dict[str, Any]:
    case.only("where", "speaker", "words", "chair")
    inputs, table = case.inputs, filtered(read_table(case.path(case.data)), case.inputs.get("where") or {})
    chair = pd.to_numeric(table[inputs["chair"]]) if inputs.get("chair") else None
    return voice.equity_of_voice(table[inputs["speaker"]].map(id_text), pd.to_numeric(table[inputs["words"]]), chair)._asdict()


def typed(column: pd.Series) -> pd.Series:
    """A column of text as numbers or dates where all of it is that, else as it stands."""
    known = column.dropna()
    number = pd.to_numeric(known, errors="coerce")
    if number.notna().all():
        return pd.to_numeric(column)
    if known.str.fullmatch(r"\d{4}-\d{2}-\d{2}([T ].*)?").all():
        return pd.to_datetime(column, format="ISO8601")
    return column


def several(value: Any) -> list:
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]


def run_chart(case: Case) -> dict[str, Any]:
    case.only("x", "y", "n", "freeze", "split", "exclude", "multiply", "facets")
    return chart_groups(case, charts.run_chart)


def run_control_chart(case: Case) -> dict[str, Any]:
    case.only("chart", "x", "y", "n", "freeze", "split", "exclude", "multiply", "facets", "screen_moving_ranges")
    kind = case.inputs["chart"]
    if kind not in charts.KINDS:
        raise Unsupported(f"chart {kind}")
    screen = case.inputs.get("screen_moving_ranges", True)
    return chart_groups(case, lambda *columns, **options: charts.control_chart(kind, *columns, screen=screen, **options))


def chart_groups(case: Case, draw: Callable[..., charts.Chart]) -> dict[str, Any]:
    """A chart for each facet; all phases of all of them, and how many signals they hold together."""
    inputs, table = case.inputs, read_table(case.path(case.data))
    table[inputs["x"]] = typed(table[inputs["x"]])
    options = {"freeze": inputs.get("freeze"), "split": several(inputs.get("split")),
               "exclude": several(inputs.get("exclude")), "multiply": inputs.get("multiply", 1)}  # fmt: skip
    columns = [name for name in (inputs["x"], inputs["y"], inputs.get("n")) if name]
    facets = several(inputs.get("facets"))
    table[facets] = table[facets].apply(typed)
    groups = []
    for key, rows in table.groupby(facets) if facets else [((), table)]:
        names = {f"facet{place}": value for place, value in enumerate(key, start=1)}
        summary = draw(*(rows[name] for name in columns), **options).summary
        groups += [names | row for row in summary.to_dict("records")]
    totals = {f"total_{kind}_signals": sum(row[f"{kind}_signal"] for row in groups) for kind in ("runs", "sigma")}
    return {"n_groups": len(groups), "groups": groups, **totals}


def run_recognise_export(case: Case) -> dict[str, Any]:
    case.only()
    found = recognise(case.path(case.data))
    return {name: getattr(found, name) for name in ("header_rows", "data_rows", "columns", "duplicate_headers", "form")}


FUNCTIONS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "icc": run_icc,
    "pooled_means": run_pooled_means,
    "rwg": run_rwg,
    "rwg_j": run_rwg_j,
    "average_deviation": run_average_deviation,
    "reliability": run_reliability,
    "network": run_network,
    "equity_of_voice": run_equity_of_voice,
    "run_chart": run_chart,
    "control_chart": run_control_chart,
    "recognise_export": run_recognise_export,
}


def differences(expected: Any, actual: Any, tolerance: Any, where: str = "") -> Iterator[str]:
    """A line for each expected value that was not met."""
    if isinstance(expected, Mapping):
        have = {id_text(key): value for key, value in actual.items()} if hasattr(actual, "items") else {}
        for key, value in expected.items():
            name = f"{where}.{key}" if where else str(key)
            if id_text(key) in have:
                yield from differences(value, have[id_text(key)], tolerance, name)
            else:
                yield f"{name}: missing"
    elif isinstance(expected, list):
        have = list(actual) if isinstance(actual, (list, tuple, pd.Series)) else None
        if have is None or len(have) != len(expected):
            yield f"{where}: expected {len(expected)} values, got {actual!r}"
            return
        for i, (one, other) in enumerate(zip(expected, have, strict=True)):
            yield from differences(one, other, tolerance, f"{where}[{i}]")
    elif not same(expected, actual, tolerance):
        yield f"{where}: expected {expected!r}, got {actual!r}"


def same(expected: Any, actual: Any, tolerance: Any) -> bool:
    if expected is None or actual is None:
        return expected is None and (actual is None or bool(pd.isna(actual)))
    if isinstance(expected, bool) or not isinstance(expected, Real):
        return bool(expected == actual)
    if not isinstance(actual, Real):
        return False
    if math.isnan(expected) or math.isnan(actual):
        return math.isnan(expected) and math.isnan(actual)
    if math.isinf(expected) or tolerance == "exact":
        return bool(expected == actual)
    gap = abs(float(actual) - float(expected))
    if isinstance(tolerance, Mapping):
        if tolerance.get("counts") == "exact" and isinstance(expected, Integral) and isinstance(actual, Integral):
            return bool(expected == actual)
        relative = float(tolerance.get("rel", tolerance.get("limits_rel", 0)))
        return gap <= (relative * abs(expected) if expected else NEAR_ZERO)
    return gap <= float(tolerance)


def run_case(case: Mapping[str, Any], folders: tuple[Path, ...]) -> list[str]:
    """The lines that say where a case's result differs; none when it matches. Raises Unsupported."""
    function = FUNCTIONS.get(case["function"])
    if function is None:
        raise Unsupported(f"function {case['function']}")
    try:
        actual = function(Case(case.get("inputs") or {}, case.get("data", ""), folders))
        return list(differences(case["expected"], actual, case.get("tolerance", "exact")))
    except (ArithmeticError, KeyError, OSError, TypeError, ValueError) as error:
        return [f"{type(error).__name__}: {error}"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reference", description="Run reference cases.")
    parser.add_argument("cases", type=Path, help="a YAML file of cases")
    parser.add_argument("--data", type=Path, help="the folder that the cases' data files are in")
    options = parser.parse_args(arguments)
    beside = options.cases.resolve().parent
    folders = (beside,) if options.data is None else (options.data, beside)
    counts = {"matched": 0, "failed": 0, "unsupported": 0}
    for case in YAML(typ="safe", pure=True).load(options.cases.read_text(encoding="utf-8"))["cases"]:
        if case.get("runner") is not True:
            continue
        try:
            lines = run_case(case, folders)
        except Unsupported as what:
            counts["unsupported"] += 1
            print(f"unsupported {case['id']}: {what}")
            continue
        counts["failed" if lines else "matched"] += 1
        if lines:
            print(f"failed {case['id']}: {'; '.join(lines)}")
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
