"""The mediator's phone: an application that works without a network.

The page holds no person's data; the phone keeps the day sealed.
"""
