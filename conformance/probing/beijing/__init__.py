"""The readings of the Beijing documents, which a server shows in its answers to the city and in what it pushes."""
