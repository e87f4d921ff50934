"""What a partner's people see: the lists that they delivered, the summaries that they were given, their agreement.

Nothing else, ever.
"""
