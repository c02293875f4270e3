"""Where people meet cellspeak in a notebook.

`magics` is `%chat` and `%%chat`, `widget` the chat model with its `feed` down the comm, `pump` lets
clicks arrive while a cell waits, `attend` gets approvals answered, `static` is the transcript.
"""
