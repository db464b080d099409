"""Every package of ours is in the contracts that import-linter checks."""

import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1]
OUTSIDE = {"tests", "bench", "docs", "scripts", "frontend", "node_modules", "build", "data"}


def test_every_top_level_package_is_under_the_contracts() -> None:
    linter = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = {init.parent.name for init in PROJECT.glob("*/__init__.py")} - OUTSIDE
    assert packages == set(linter["root_packages"]), "add it to root_packages in pyproject.toml"


def test_every_package_but_the_load_test_is_in_a_layer() -> None:
    linter = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(each for each in linter["contracts"] if each["type"] == "layers")["layers"]
    named = {name.strip(" ()") for layer in layers for name in layer.split("|")}
    assert set(linter["root_packages"]) - named <= {"loadtest"}
