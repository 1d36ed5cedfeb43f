"""Allure results of a run, and the single-file page made of them."""
