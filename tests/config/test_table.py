"""The README tells of every setting, and of no other."""

from pathlib import Path

from config.table import configuration_table

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_holds_the_table_made_from_the_declarations() -> None:
    assert configuration_table() in README.read_text(), "run: .venv/bin/python -m config.table"
