"""What Redis does in one step for the bus: each script runs alone, so that nobody sees half of it.

Keys of a topic, all in one slot by their hash tag:

    PREFIX:{TOPIC}:at        hash: run (of the Redis server), epoch, offset
    PREFIX:{TOPIC}:log       stream: entry N has the id N-0 and the field d
    PREFIX:{TOPIC}:key:KEY   idempotency key: "EPOCH OFFSET"

and the sharded channel ``PREFIX:{TOPIC}``, on which an entry is ``e EPOCH OFFSET DATA`` and a signal ``s DATA``.

An epoch ends when the Redis server is another one than before (``run``): one that was restarted may have lost the last
events, and offsets would be given a second time.
"""

_POSITION = """
local at = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'offset')
local epoch, offset = at[2], tonumber(at[3])
if at[1] ~= ARGV[1] then
  epoch, offset = ARGV[2], 0
  -- First what a Redis without room refuses: once something has changed, a script is carried out to its end.
  redis.call('HSET', KEYS[1], 'run', ARGV[1], 'epoch', epoch, 'offset', 0)
  redis.call('DEL', KEYS[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
"""

PUBLISH = (
    """
-- KEYS: at, log, channel, idempotency key (perhaps)
-- ARGV: run, a new epoch, how long the position is kept (ms), data, entries kept, how long (ms), how long the key (ms)
-- Returns the epoch and the offset.
"""
    + _POSITION
    + """
if KEYS[4] then
  local known = redis.call('GET', KEYS[4])
  if known then
    local its, number = string.match(known, '^(%S+) (%d+)$')
    if its == epoch then return {epoch, tonumber(number)} end
  end
end
offset = offset + 1
redis.call('HSET', KEYS[1], 'offset', offset)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('XADD', KEYS[2], 'MAXLEN', '=', ARGV[5], offset .. '-0', 'd', ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
if KEYS[4] then redis.call('SET', KEYS[4], epoch .. ' ' .. offset, 'PX', ARGV[7]) end
redis.call('SPUBLISH', KEYS[3], 'e ' .. epoch .. ' ' .. offset .. ' ' .. ARGV[4])
return {epoch, offset}
"""
)

HISTORY = (
    """
-- KEYS: at, log
-- ARGV: run, a new epoch, how long the position is kept (ms), since epoch (or nothing), since offset, limit
-- Returns the epoch, the offset, 1 when complete, and the entries: offset and data in turn.
"""
    + _POSITION
    + """
local limit = tonumber(ARGV[6])
local found = {}
if ARGV[4] == '' then
  if limit > 0 then
    local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', limit)
    for i = #last, 1, -1 do found[#found + 1] = last[i] end
  end
else
  local missed = offset - tonumber(ARGV[5])
  if ARGV[4] ~= epoch or missed < 0 or missed > limit then return {epoch, offset, 0, {}} end
  if missed > 0 then
    found = redis.call('XRANGE', KEYS[2], (ARGV[5] + 1) .. '-0', '+', 'COUNT', missed)
    if #found ~= missed then return {epoch, offset, 0, {}} end
  end
end
local entries = {}
for _, each in ipairs(found) do
  entries[#entries + 1] = tonumber(string.match(each[1], '^%d+'))
  entries[#entries + 1] = each[2][2]
end
return {epoch, offset, 1, entries}
"""
)
