"""What the benchmark of the screens needs: a network's day, and clients that cost little themselves."""
