"""What the server does in one step, in Lua: a step is done whole, and nobody comes between.

Each script begins by looking whether the session lives and who holds it, and refuses before it
writes.  A refusal is a list: `{"gone"}`, `{"taken"}` or `{"place", EPOCH, END}`.
"""

from __future__ import annotations

__all__ = [
    "ACQUIRE",
    "ANSWER",
    "APPEND",
    "CREATE",
    "DELETE",
    "ENDS",
    "INBOXES",
    "LABEL",
    "POST",
    "PUT_BLOB",
    "RELEASE",
    "RENEW",
    "SAVE_SNAPSHOT",
    "SNAPSHOT",
]

# `id` is the session; `s` its hash; `part` names what lies beside it.
_HEAD = """
local root, id = KEYS[1], ARGV[1]
local s = root .. 's:' .. id
local function part(name) return s .. ':' .. name end
local function tell(news) redis.call('PUBLISH', root .. 'news:' .. id, news) end
"""

_LIVING = (
    _HEAD
    + """
if redis.call('HGET', s, 'terminated') ~= '0' then return {'gone'} end
"""
)

# ARGV[2] is the epoch of the writer, ARGV[3] the number it takes for the end, or nothing.
_HELD = (
    _LIVING
    + """
local now = redis.call('HMGET', s, 'epoch', 'last_seq', 'holder')
local held = now[3] and now[1] or '0'
if held ~= ARGV[2] or held == '0' or (ARGV[3] ~= '' and ARGV[3] ~= now[2]) then
  return {'place', tonumber(held), tonumber(now[2])}
end
"""
)

# The record's fields and values follow the owner.
CREATE = (
    _HEAD
    + """
if redis.call('EXISTS', s) == 1 then return {'taken'} end
redis.call('HSET', s, unpack(ARGV, 3))
redis.call('SADD', root .. 'sessions', id)
redis.call('SADD', root .. 'sessions:' .. ARGV[2], id)
"""
)

# Labels are one JSON object: they are set if they are still what the writer has seen.
LABEL = (
    _LIVING
    + """
if redis.call('HGET', s, 'labels') ~= ARGV[2] then return 0 end
redis.call('HSET', s, 'labels', ARGV[3])
return 1
"""
)

# at, turn and state (empty: none), then the events.
APPEND = (
    _HELD
    + """
local last = tonumber(ARGV[3])
for n = 7, #ARGV do
  last = last + 1
  redis.call('XADD', part('log'), last .. '-0', 'e', ARGV[n])
end
if ARGV[5] ~= '' then redis.call('HSET', part('states'), ARGV[5], ARGV[6]) end
if #ARGV >= 7 then
  redis.call('HSET', s, 'last_seq', string.format('%.0f', last), 'active_at', ARGV[4])
  tell(string.format('%.0f', last))
end
"""
)

# seq, rest, how many turns; then turn and JSON of each; then first and last of each covered run.
SAVE_SNAPSHOT = (
    _HELD
    + """
redis.call('HSET', part('snapshot'), 'seq', ARGV[4], 'rest', ARGV[5])
local turns, runs = 7, 7 + 2 * tonumber(ARGV[6])
for n = turns, runs - 1, 2 do
  local before = redis.call('HGET', part('turns'), ARGV[n])
  local position = before and before:match('^%d+') or redis.call('HLEN', part('turns')) + 1
  redis.call('HSET', part('turns'), ARGV[n], position .. ':' .. ARGV[n + 1])
end
for n = runs, #ARGV, 2 do
  -- The last event stays whatever is asked: it proves that the log has its tail.
  for seq = tonumber(ARGV[n]), math.min(tonumber(ARGV[n + 1]), tonumber(now[2]) - 1) do
    redis.call('XDEL', part('log'), string.format('%.0f-0', seq))
  end
end
"""
)

# Both of one moment.
SNAPSHOT = (
    _HEAD
    + """
return {redis.call('HMGET', part('snapshot'), 'seq', 'rest'), redis.call('HGETALL', part('turns'))}
"""
)

_EACH = """
local found = {}
for n = 2, #ARGV do found[n - 1] = look(KEYS[1] .. 's:' .. ARGV[n]) end
return found
"""

# The ends of those that live, of any number of sessions.
ENDS = (
    """
local function look(s)
  local now = redis.call('HMGET', s, 'terminated', 'last_seq')
  return now[1] == '0' and now[2]
end
"""
    + _EACH
)

INBOXES = (
    """
local function look(s) return redis.call('HLEN', s .. ':inbox') end
"""
    + _EACH
)

# Epoch, holder and end of the lease as the taker has seen them, then as they become.
ACQUIRE = (
    _LIVING
    + """
local now = redis.call('HMGET', s, 'epoch', 'holder', 'expires_at')
if now[1] ~= ARGV[2] or (now[2] or '') ~= ARGV[3] or now[3] ~= ARGV[4] then return 0 end
redis.call('HSET', s, 'epoch', ARGV[5], 'holder', ARGV[6], 'expires_at', ARGV[7])
return 1
"""
)

_MINE = (
    _HEAD
    + """
local now = redis.call('HMGET', s, 'epoch', 'holder')
if now[1] ~= ARGV[2] or now[2] ~= ARGV[3] then return 0 end
"""
)

RENEW = (
    _MINE
    + """
redis.call('HSET', s, 'expires_at', ARGV[4])
return 1
"""
)

RELEASE = (
    _MINE
    + """
redis.call('HDEL', s, 'holder')
return 1
"""
)

# client id (empty: none) and command
POST = (
    _LIVING
    + """
if ARGV[2] ~= '' then
  local before = redis.call('HGET', part('clients'), ARGV[2])
  if before then return tonumber(before) end
end
local number = redis.call('HINCRBY', s, 'posted', 1)
redis.call('HSET', part('inbox'), number, ARGV[3])
if ARGV[2] ~= '' then redis.call('HSET', part('clients'), ARGV[2], number) end
tell('inbox')
return number
"""
)

ANSWER = (
    _HEAD
    + """
if redis.call('HDEL', part('inbox'), ARGV[2]) == 1 then
  redis.call('HSET', part('outcomes'), ARGV[2], ARGV[3])
end
"""
)

PUT_BLOB = (
    _LIVING
    + """
local bytes = root .. 'b:' .. ARGV[2]
redis.call('SET', bytes, ARGV[3], 'NX')
redis.call('SADD', bytes .. ':holders', id)
redis.call('SADD', part('blobs'), ARGV[2])
"""
)

# 1 to keep a tombstone
DELETE = (
    _HEAD
    + """
if redis.call('EXISTS', s) == 0 then return end
for _, sha256 in ipairs(redis.call('SMEMBERS', part('blobs'))) do
  local bytes = root .. 'b:' .. sha256
  redis.call('SREM', bytes .. ':holders', id)
  if redis.call('SCARD', bytes .. ':holders') == 0 then redis.call('DEL', bytes) end
end
redis.call('DEL', part('log'), part('states'), part('snapshot'), part('turns'))
redis.call('DEL', part('inbox'), part('outcomes'), part('clients'), part('blobs'))
redis.call('SREM', root .. 'sessions', id)
redis.call('SREM', root .. 'sessions:' .. redis.call('HGET', s, 'owner'), id)
if ARGV[2] == '1' then
  redis.call('HDEL', s, 'holder', 'posted')
  redis.call('HSET', s, 'terminated', '1', 'last_seq', '0', 'agent', '{}', 'labels', '{}')
else
  redis.call('DEL', s)
end
tell('inf')
"""
)
