"""Known vulnerabilities of what constraints.txt pins, by pip-audit in an environment of its own.

Ends with 1 for a known vulnerability. Where the sources of vulnerabilities cannot be reached, it says so and ends with 0: a machine
without the network tells nothing about the packages.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

VERSION = "2.10.1"


def main() -> int:
    """Audit; the number to end with."""
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        venv.create(folder, with_pip=True)
        programs = Path(folder) / "bin"
        quiet = ["--quiet", "--disable-pip-version-check"]
        made = subprocess.run([programs / "pip", "install", *quiet, f"pip-audit=={VERSION}"], check=False, capture_output=True)
        if made.returncode:
            print("the audit could not be made: pip-audit cannot be had here")
            return 0
        command = [
            programs / "pip-audit",
            "-r",
            "constraints.txt",
            "--require-hashes",
            "--disable-pip",
            "--progress-spinner",
            "off",
            "-f",
            "json",
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"the audit could not be made: {done.stderr.strip().splitlines()[-1:]}")
        return 0
    audited = [one for one in found if "vulns" in one]
    faulty = [one for one in audited if one["vulns"]]
    for one in faulty:
        print(f"{one['name']} {one['version']}: {', '.join(vuln['id'] for vuln in one['vulns'])}")
    print(f"{len(audited)} packages audited, {len(found) - len(audited)} not known to the sources that could be reached")
    return int(bool(faulty))


if __name__ == "__main__":
    sys.exit(main())
