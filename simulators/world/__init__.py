"""The truth that all parties share: stations, boxes, cards, people, tariffs, and what a charge looks like."""
