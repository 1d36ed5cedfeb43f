"""Scenarios of EVCHONG V1.2, one file a section of the document. They make things happen; rules judge."""
