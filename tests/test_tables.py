"""The contracts of the tidy tables, and the data dictionary that is made from them."""

from __future__ import annotations

import pytest

from cyclebook import tables
from cyclebook.errors import CyclebookError
from tests.small_district import answers


def test_the_data_dictionary_in_the_project_is_the_one_that_is_made(project_root):
    kept = (project_root / "data" / "README.md").read_text(encoding="utf-8")
    assert kept == tables.dictionary(), "run: python -m cyclebook.tables > data/README.md"


def test_every_column_is_described():
    text = tables.dictionary()
    for table in tables.TABLES:
        assert f"## {table.name}\n" in text and table.description in text
        for name, column in table.columns.items():
            assert column.description.endswith(".")
            assert f"| `{name}` |" in text


def test_what_is_read_keeps_the_contracts(tmp_path):
    found = answers(tmp_path, "School,Token,Q1,Q2\n0101,,1,Agreee\nNowhere,b,1,1\n", person="Token")
    for contract in tables.TABLES:
        table = found.records[contract.name] if contract.name in found.records else getattr(found, contract.name)
        assert list(table.columns) == list(contract.columns)
        assert table.dtypes.astype(str).to_dict() == tables.kinds(contract)
        assert tables.check(table, contract) is table or tables.check(table, contract).equals(table)


@pytest.mark.parametrize(
    "changes",
    [{"value": float("inf")}, {"school_id": None}, {"value": "x"}, {"extra": 1}, {"item": "q1"}],
)
def test_a_table_that_breaks_its_contract_is_refused_without_a_value(tmp_path, changes):
    found = answers(tmp_path, "School,Q1,Q2\n0101,1,1\n").responses.assign(**changes)
    with pytest.raises(CyclebookError, match="the table responses breaks its contract") as caught:
        tables.check(found, tables.RESPONSES)
    assert "0101" not in str(caught.value)


def test_a_receipt_accounts_for_every_row(tmp_path):
    receipts = answers(tmp_path, "School,Q1,Q2\n0101,1,1\n").receipts
    with pytest.raises(CyclebookError, match="read = kept"):
        tables.check(receipts.assign(kept=receipts["kept"] + 1), tables.RECEIPTS)
