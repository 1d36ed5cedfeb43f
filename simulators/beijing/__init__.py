"""The Beijing municipal platform on T/CEC 102-2016: what it and an operator say to each other, and how it travels.

Keys and envelopes are values and functions without any I/O; only the workbench reads files and prints.
"""
