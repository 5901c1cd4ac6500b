"""How interpreters are named and found."""

from __future__ import annotations

import re
import sys
import sysconfig

import pytest

from ci import interpreters
from ci.pythons import built as built_python
from ci.pythons import free_threaded


def test_a_build_without_a_gil_has_a_t_in_its_name() -> None:
    found = interpreters.probe(sys.executable)
    number = "{}.{}".format(*sys.version_info)
    wanted = number + "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    if wanted in interpreters.NAMES:
        assert found is not None and found.version == wanted
    else:
        assert found is None


def test_each_free_threaded_version_can_be_built() -> None:
    assert {*interpreters.FREE_THREADED, free_threaded.WITHOUT_CFFI} == set(free_threaded.VERSIONS)
    for version in free_threaded.VERSIONS:
        build, debug = built_python.BUILDS[version], built_python.BUILDS[f"{version}d"]
        assert build.free_threaded and build.shared and not build.debug
        assert debug.free_threaded and debug.debug
        assert build.python.name == f"python{version}"
        assert build.prefix != debug.prefix


def test_sources_are_pinned() -> None:
    for version, pinned in built_python.SOURCES.items():
        assert re.fullmatch(
            rf"python{re.escape(version)}_{re.escape(version)}\.\S+\.orig\.tar\.xz", pinned.archive
        )
        assert re.fullmatch(r"[0-9a-f]{64}", pinned.sha256)


def test_what_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONS", "3.9")
    with pytest.raises(LookupError, match=r"PYTHONS names 3\.9"):
        interpreters.chosen()
