"""The page of a run for people: one self-contained HTML file, in Chinese and in English."""
