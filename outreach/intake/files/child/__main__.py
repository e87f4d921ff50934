"""``python -m outreach.intake.files.child``: one argument, the order in JSON."""

from outreach.intake.files.child.run import main

main()
