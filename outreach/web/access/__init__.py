"""Who comes in and what they may see: accounts, sessions, the gate before every route, the wall before every row."""
