"""The rules of the Beijing municipal platform and of T/CEC 102 under it."""
