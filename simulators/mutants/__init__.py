"""The reference server with one defect each, its lawful variants, and liars: what the suite itself is measured by.

One module a section of the document; ``registry`` lists them all.
"""
