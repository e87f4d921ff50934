"""The process that reads workbooks and Parquet: bounded in memory and time, it may die without harm.

It imports nothing of the rest of the house: its start is part of every import.
"""
