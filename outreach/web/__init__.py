"""The web: the screens of managers, mediators, partners and the network, the API of programs, and what providers call back."""
