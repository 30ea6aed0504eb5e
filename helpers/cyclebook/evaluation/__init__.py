"""Rapid-cycle evaluation: charts that say when they can speak, comparison schools, and the verdict of the rule frozen in the
plan.
"""
