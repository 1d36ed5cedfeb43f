"""The scenarios of the Beijing municipal platform, one file a section."""
