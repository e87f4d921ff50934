"""Tests of the outreach engine; the folders mirror the package."""
