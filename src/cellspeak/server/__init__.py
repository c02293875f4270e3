"""Sessions over the network: one engine behind a socket and REST routes.

`app` puts it together, `desk` is the engine as one caller may use it, `access` decides who that is;
`websocket` speaks the native frames, `plain` the first seed's, `rest` and `tasks` the second's.
Needs `pip install "cellspeak[server]"`; nothing of it is imported until it is used.
"""
