"""Tests of what managers use."""
