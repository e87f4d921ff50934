"""Pages are looked into from many threads at once: a campaign's run is printed while somebody looks at another's letter."""

from __future__ import annotations

import subprocess
import sys

MANY = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from outreach.channels.letters import render_letters
from outreach.channels.letters.preview import picture_of
from outreach.channels.letters.window import check_windows, chosen_window
from tests.channels.test_letters import DAY, a_letter

folder = Path(sys.argv[1])
letter = a_letter()
path = render_letters([letter], folder / "run.pdf", day=DAY).path
pdf = path.read_bytes()

def look(number):
    if number % 2:
        return len(picture_of(pdf)) > 1000
    return check_windows(path, {0: tuple(letter.address)}, chosen_window()) is None

with ThreadPoolExecutor(8) as threads:
    print(sum(threads.map(look, range(200))))
"""


def test_the_process_survives(tmp_path):
    # In a process of its own: when it goes wrong there is no error, the process is gone.
    done = subprocess.run([sys.executable, "-c", MANY, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "200"), done.stderr
