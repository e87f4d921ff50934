"""The web: today the delivery of lists by programs; the screens come with it later."""
