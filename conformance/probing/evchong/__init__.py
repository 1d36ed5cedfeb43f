"""The readings of the charge-box service, which a server shows when boxes ask it."""
