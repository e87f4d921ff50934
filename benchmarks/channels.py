"""Measures sending: claims, SMS with their receipts, webhooks, letters, each beside a named peer in the same run.

    python benchmarks/channels.py [--quick] [--only claims messages hooks letters] [--json FILE]

Everybody is invented, and everything stays on loopback. WeasyPrint, the peer of the letters, needs an environment of its own:
    python3 -m venv .venv-peers && .venv-peers/bin/pip install -r benchmarks/requirements.txt
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from sending import claims, hooks, letters, messages

PARTS = {"claims": claims, "messages": messages, "hooks": hooks, "letters": letters}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few and small, to see that it runs")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    found: dict[str, dict[str, Any]] = {}
    for name in chosen.only:
        found |= PARTS[name].figures(quick=chosen.quick)  # type: ignore[attr-defined]
        if chosen.json:
            chosen.json.write_text(json.dumps(found, indent=2), encoding="utf-8")
    width = max(map(len, found)) + 2
    for label, figure in found.items():
        verdict = {None: "", True: "ok", False: "MISSED"}[figure.get("ok")]
        target = f"{figure['target']:,}" if figure.get("target") is not None else ""
        print(f"{label:<{width}}{figure['value']:>12,} {figure['unit']:<6}{target:>10} {verdict:<7}{figure.get('peer') or ''}")


if __name__ == "__main__":
    main()
