"""The shape of the house: which library stands in which room, how long a file may be, and what mirrors what."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from outreach.flows.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
STAGES = {
    "intake": "import",
    "matching": "match",
    "segments": "segment",
    "planning": "plan",
    "channels": "dispatch",
    "tracking": "track",
    "reporting": "report",
}
"""Each stage folder, in the order of the pipeline, with its verb on the command line."""

ROOMS_OF = {
    "prefect": {"flows"},
    "fastapi": {"web"},
    "starlette": {"web"},
    "jinja2": {"web"},
    "twilio": {"channels", "simulation"},
    "duckdb": {"matching"},
    "pyspark": {"matching"},
    "pysail": set(),
    "pyvrp": {"planning"},
    "ortools": {"planning", "reporting"},
    "highspy": set(),
    "vroom": set(),
    "splink": set(),
}
"""Where alone a library may be imported."""

WITHOUT_TESTS_OF_THEIR_OWN = {
    "models": "the tables equal the migrations (tests/migrations)",
}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
MIGRATIONS = ROOT / "outreach" / "migrations" / "versions"
FICTION = ("63998", "19900", "26191", "35301", "46571", "53649")
"""What the numbers kept for fiction by ARCEP begin with, without the leading zero or +33 (decision 2018-0881)."""
PLATFORM = "937"
"""Numbers of platforms (sender of messages), which no person has."""
PHONE = re.compile(r"(?<![\w.-])(?:\+33 ?|0)([1-9](?:[ .-]?\d{2}){4})(?![\w.-]*\d)")


@cache
def sources(folder="outreach"):
    """Every Python file under a folder."""
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def tree(path):
    return ast.parse(path.read_text())


def room(path):
    """The folder of ``outreach/`` that a file stands in."""
    return path.relative_to(ROOT / "outreach").parts[0]


def shown(path):
    return str(path.relative_to(ROOT))


def imported(path):
    """The top names of everything that a file imports, early or late."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_no_file_is_long():
    lengths = {shown(path): len(path.read_text().splitlines()) for path in sources() if MIGRATIONS not in path.parents}
    assert len(lengths) > 100, "the sources were found"
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_every_file_that_holds_anything_says_what_it_is():
    assert [
        shown(path)
        for folder in ("outreach", "tests")
        for path in sources(folder)
        if tree(path).body and not ast.get_docstring(tree(path))
    ] == []


def test_no_function_is_long():
    functions = [
        (node.end_lineno - node.lineno + 1, f"{shown(path)}:{node.name}")
        for path in sources()
        if MIGRATIONS not in path.parents
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [name for length, name in functions if length > LONGEST_FUNCTION] == []


@pytest.mark.parametrize("library", list(ROOMS_OF))
def test_a_library_stands_in_its_room_only(library):
    assert [shown(path) for path in sources() if library in imported(path) and room(path) not in ROOMS_OF[library]] == []


def test_only_the_session_commits():
    committing = {shown(path) for path in sources() if MIGRATIONS not in path.parents and ".commit(" in path.read_text()}
    assert committing <= {"outreach/core/database.py"}


def test_time_comes_from_the_clock():
    """Neither Python's clock nor the database's: a simulated day must hold everywhere."""
    wall = re.compile(r"\b(datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\()")
    server = re.compile(r"(?<![.\w])(now\(\)|CURRENT_(DATE|TIME|TIMESTAMP)|clock_timestamp\(|LOCALTIMESTAMP)", re.IGNORECASE)
    clock = ROOT / "outreach" / "core" / "clock.py"
    wall_users = [shown(path) for path in sources() if path != clock and wall.search(path.read_text())]
    server_users = [
        f"{shown(path)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and server.search(node.value)
    ]
    assert (wall_users, server_users) == ([], [])


def test_campaigns_are_data():
    assert sources("campaigns") == []
    assert list((ROOT / "campaigns").glob("*/campaign.yaml"))


def test_tests_mirror_the_rooms():
    rooms = {
        path.name
        for path in (ROOT / "outreach").iterdir()
        if path.is_dir() and any(source.name != "__init__.py" for source in path.rglob("*.py"))
    }
    tested = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.glob("test_*.py"))}
    assert rooms - tested <= set(WITHOUT_TESTS_OF_THEIR_OWN)
    assert not tested - rooms - {"flows", "e2e", "architecture", "faults"}


def test_stages_are_folders_verbs_flows_and_rows_of_the_readme():
    from typer.main import get_command

    from outreach.cli.main import app

    folders = {path.name for path in (ROOT / "outreach").iterdir() if path.is_dir()}
    assert set(STAGES) <= folders
    verbs = [verb for verb in get_command(app).commands if verb in STAGES.values()]
    assert verbs == list(STAGES.values()), "in the order of the pipeline"
    assert [stage for entry in CATALOGUE for stage in entry.stages] == list(STAGES)
    rows = re.findall(r"^\|[^|`]*`(?:outreach/)?(\w+)/?`", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert [row for row in rows if row in STAGES] == list(STAGES)


def is_fictional(digits):
    return digits.startswith((*FICTION, PLATFORM))


def test_phone_numbers_are_fictional():
    files = [path for folder in ("tests", "campaigns") for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".yaml"}]
    found = [
        (shown(path), match.group(0))
        for path in files
        for match in PHONE.finditer(path.read_text())
        if not is_fictional(re.sub(r"\D", "", match.group(1)))
    ]
    assert found == []


def test_a_phone_number_of_a_person_would_be_found():
    # Composed, or this file would break its own rule.
    real = "06 " + "12 34 56 78"
    assert [is_fictional(re.sub(r"\D", "", found)) for found in PHONE.findall(f"{real}, 06 39 98 12 34")] == [False, True]


def pinned(name):
    """The packages of a file of constraints, which names no host."""
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|--index-url|--extra-index-url|--find-links|--trusted-host)", text, re.MULTILINE)
    lines = re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(lines) == len(re.findall(r"^[\w.-]+(?:\[[^\]]*\])?==", text, re.MULTILINE)), "each with its hashes"
    return {line.lower().replace("_", "-") for line in lines}


def wanted(*groups):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [name for group in groups for name in (project["optional-dependencies"][group] if group else project["dependencies"])]
    return {re.split(r"[\[<>=~! ]", name, maxsplit=1)[0].lower() for name in names}


def test_constraints_name_no_host_and_pin_every_dependency():
    assert wanted("", "dev") <= pinned("constraints.txt")
    assert wanted("spark") <= pinned("constraints-spark.txt")
    assert not pinned("constraints.txt") & pinned("constraints-spark.txt"), "one version each"
