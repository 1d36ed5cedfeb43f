"""The rules of EVCHONG V1.2, one module a section of the document."""
