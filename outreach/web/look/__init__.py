"""How the screens look: one environment of templates, how values are written, icons, and charts drawn by the server."""
