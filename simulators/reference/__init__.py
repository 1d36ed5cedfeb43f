"""A small honest operator server that keeps to the documents, written from them alone.

It reads and writes its wire by its own code, so that it and the boxes cannot share a misunderstanding. The mutants
are this server with one defect each, which is why almost every decision has a method of its own here.
"""
