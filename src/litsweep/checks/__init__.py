"""Faithfulness tests of machine text against its source. They flag; they never correct."""
