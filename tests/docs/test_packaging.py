"""What an installation brings: every package of the house, and the files that they read."""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path

from setuptools import find_packages

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


def test_every_package_is_installed() -> None:
    installed = set(find_packages(str(ROOT), include=SETTINGS["packages"]["find"]["include"]))
    tops = {name for name in installed if "." not in name}
    there = {
        ".".join(path.parent.relative_to(ROOT).parts) for top in tops for path in (ROOT / top).rglob("__init__.py")
    }
    assert installed == there
    assert {"monitoring", "pipelines.market.records", "features.views"} <= installed


def test_every_file_that_a_package_reads_is_installed() -> None:
    for top, patterns in SETTINGS["package-data"].items():
        for path in (ROOT / top).rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                inside = str(path.relative_to(ROOT / top))
                assert any(fnmatch.fnmatch(inside, pattern.replace("**/", "*")) for pattern in patterns), path
    others = {"decisioning", "pipelines", "serving", "training"} - set(SETTINGS["package-data"])
    assert [path for top in others for path in (ROOT / top).rglob("*.*") if path.suffix not in (".py", ".pyc")] == []
