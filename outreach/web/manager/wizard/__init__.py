"""The way of a campaign from an agreement to its launch: seven steps, each a page that can be left and taken up again."""

from outreach.web.manager.wizard import begin, duplicates, launch, lists, messages, people, plan, rehearsal, rule, segments

WIZARD = (begin, lists, duplicates, segments, rule, messages, plan, people, rehearsal, launch)
"""Each with a ``router``; before the pages of campaigns, of which none has the code « new »."""

__all__ = ["WIZARD"]
