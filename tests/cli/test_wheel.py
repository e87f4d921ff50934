"""The package as it is handed out: everything is in it, and installed alone in an empty place it works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_OUT = {"py.typed"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy, so that nothing is left in the tree."""
    source = tmp_path_factory.mktemp("source")
    for name in ("outreach", "campaigns"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(out),
        str(source),
    ]
    subprocess.run(command, check=True, cwd=out)
    [built] = out.glob("*.whl")
    return built


def test_every_file_of_the_package_is_in_it(wheel):
    tracked = subprocess.run(["git", "ls-files", "outreach", "campaigns"], check=False, capture_output=True, text=True, cwd=ROOT)
    if tracked.returncode:
        pytest.skip("not a repository")
    packed = {name.partition(".data/data/share/outreach/")[2] or name for name in zipfile.ZipFile(wheel).namelist()}
    wanted = {name for name in tracked.stdout.split() if (ROOT / name).is_file()}
    assert {name for name in wanted - packed if Path(name).name not in LEFT_OUT} == set()


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A command line installed from the wheel: our own code alone is new, its dependencies are those at hand."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place / "env", with_pip=True)
    libraries = sysconfig.get_path("purelib")
    paths = {"base": str(place / "env"), "platbase": str(place / "env")}
    Path(sysconfig.get_path("purelib", vars=paths), "dependencies.pth").write_text(libraries + "\n")
    pip = [str(place / "env" / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-deps", str(wheel)]
    subprocess.run(pip, check=True)
    return place / "env" / "bin" / "outreach"


def test_installed_in_an_empty_place_it_plays_the_demonstration(installed, tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    home = Path("/tmp") / f"outreach-wheel-{os.getpid()}"  # noqa: S108 - a socket's path must be short
    home.mkdir()
    home.chmod(0o711)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OUTREACH_", "PYTHON"))}
    environment |= {"OUTREACH_HOME": str(home), "OUTREACH_EMBEDDED_FSYNC": "false", "LANG": "C.UTF-8"}

    def outreach(*arguments):
        return subprocess.run([installed, *arguments], check=False, capture_output=True, text=True, cwd=work, env=environment)

    try:
        assert "médiation sortante" in outreach("--help").stdout
        played = outreach("demo", "--people", "200", "--until", "2026-10-14")
        assert played.returncode == 0, played.stderr[-2000:]
        assert list(work.rglob("courriers-*.pdf")), "letters were printed"
        checked = outreach("--demo", "doctor")
        assert checked.returncode == 0, checked.stdout[-2000:]
    finally:
        outreach("db", "stop")
        shutil.rmtree(home, ignore_errors=True)
