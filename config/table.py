"""The README's configuration table, from the declarations: ``python -m config.table`` prints it."""

from pathlib import Path
from typing import Any

from config.settings import DECLARATIONS


def configuration_table() -> str:
    """One row per setting, in Markdown."""
    rows = [
        f"| `{each.environment_name}` | {_default(each.default)} | {each.help} |" for each in DECLARATIONS
    ]
    return "\n".join(["| variable | default | what it does |", "|---|---|---|", *rows])


def _default(value: Any) -> str:
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case None | "" | ():
            return ""
        case tuple():
            return f"`{','.join(value)}`"
        case float():
            return f"`{value:g}`"
        case Path() | str() | int():
            return f"`{value}`"
    raise TypeError(value)


if __name__ == "__main__":
    print(configuration_table())
