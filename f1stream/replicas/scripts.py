"""The steps that Redis does as one: whether a replica leads is looked at in the same moment.

All keys are in one hash slot, so that a cluster has them on one node.
"""

PREFIX = "{f1stream}:"
LEADER = PREFIX + "leader"
WATCHED = PREFIX + "watched"
BELL = PREFIX + "bell"
LINK_KEY = PREFIX + "link-key"
OLD_LINK_KEY = PREFIX + "link-key-old"
ENDED_LINK_KEYS = PREFIX + "link-keys-ended"
TABLES = {
    "source": PREFIX + "sources",
    "page": PREFIX + "pages",
    "picture": PREFIX + "pictures",
}

# Keeps the lease or takes a free one, and swaps what is watched for what others watch. The time is
# that of Redis: clocks of replicas may differ.
# KEYS: leader, watched, bell. ARGV: replica, lease in ms, ids with spaces between, call.
# Returns whether the replica leads, and the others' ids.
BEAT = """
local holder = redis.call('get', KEYS[1])
local leads = 0
if not holder or holder == ARGV[1] then
    redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
    redis.call('publish', KEYS[3], ARGV[4])
    leads = 1
end
local now = redis.call('time')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('hset', KEYS[2], ARGV[1], string.format('%d %s', now_ms + ARGV[2], ARGV[3]))
local answer = {leads}
local all = redis.call('hgetall', KEYS[2])
for at = 1, #all, 2 do
    local ends_ms, ids = string.match(all[at + 1], '^(%d+) (.*)$')
    if tonumber(ends_ms) < now_ms then
        redis.call('hdel', KEYS[2], all[at])
    elseif all[at] ~= ARGV[1] then
        answer[#answer + 1] = ids
    end
end
return answer
"""

# Writes, and tells so, if the replica leads.
# KEYS: leader, table, bell. ARGV: replica, name, value, call. Returns whether it did.
PUT = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then
    redis.call('hdel', KEYS[2], ARGV[2])
else
    redis.call('hset', KEYS[2], ARGV[2], ARGV[3])
end
redis.call('publish', KEYS[3], ARGV[4])
return 1
"""

# Gives the keys of links if there are none yet.
# KEYS: key, old key, ended ones. ARGV: key, old key or nothing.
# Returns the two that there are, nothing for no old one, and those that have ended.
LINK_KEYS = """
if redis.call('set', KEYS[1], ARGV[1], 'NX') then
    redis.call('set', KEYS[2], ARGV[2])
end
return {redis.call('get', KEYS[1]), redis.call('get', KEYS[2]) or '',
    redis.call('smembers', KEYS[3])}
"""

# Has another key sign, and tells so. The one that all sign with until now stays good where an old
# one is given, which is for those who have none in common; what was good before it ends.
# KEYS: key, old key, ended ones, bell. ARGV: key, old key or nothing, call, more that end.
SET_LINK_KEYS = """
local before = redis.call('get', KEYS[1]) or ARGV[2]
local ends = {redis.call('get', KEYS[2]) or '', unpack(ARGV, 4)}
if ARGV[2] == '' then
    ends[#ends + 1] = before
    before = ''
end
for _, key in ipairs(ends) do
    if key ~= '' and key ~= before then redis.call('sadd', KEYS[3], key) end
end
redis.call('set', KEYS[1], ARGV[1])
redis.call('set', KEYS[2], before)
redis.call('publish', KEYS[4], ARGV[3])
"""

# Tells those who listen, if somebody leads. KEYS: leader, bell. ARGV: call. Returns whether it did.
WISH = """
if redis.call('exists', KEYS[1]) == 0 then return 0 end
redis.call('publish', KEYS[2], ARGV[1])
return 1
"""

# Gives the lease back, and tells so; others need not wait for its end.
# KEYS: leader, watched, bell. ARGV: replica, call.
LEAVE = """
redis.call('hdel', KEYS[2], ARGV[1])
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('del', KEYS[1])
redis.call('publish', KEYS[3], ARGV[2])
return 1
"""
