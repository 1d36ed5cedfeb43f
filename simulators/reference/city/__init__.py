"""The operator's side of the municipal platform (T/CEC 102 as Beijing uses it), by the server's own wire code.

From the outside in: ``platform`` opens and closes it all. ``queries`` checks what the platform asks, ``stations``,
``statistics`` and ``remote`` answer it. ``statuses``, ``charges``, ``results``, ``orders`` and ``reconciliation`` push
what it is owed; ``chargers`` talks to chargers that are no charge boxes. They reach the platform by ``client``, over
``sealing``; ``duties`` gives them time, ``keeping`` outlasts them. A server whose setting names no platform has none of
it.
"""
