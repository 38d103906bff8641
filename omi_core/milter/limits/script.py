"""What the counter does at once with mails: it looks at every limit, and counts or does not.

Lua, as Valkey and Redis run it: nothing happens between its lines. `tally.py` does the same with
what a worker knows by itself. The counter's clock decides, so relays need not agree on theirs.

KEYS: one for each subject; its tally, `:s` sessions, `:n` and `:o` recipients written to.
ARGV: seconds that the platform's clock is ahead of UTC, mails, recipients, whether they were taken
already ("" or "1"), session, seconds of its lease, days until a counter that began empty knows who
was written to, eight octets for each recipient; then for each subject its limits and what the
worker knows of its tally.

A tally is ten numbers: of minute, hour and day each the window's number, mails and recipients; and
the day's recipients that were never written to before. Limits are mails and recipients of each
window, such recipients a day, and sessions; 0 is none.

Answers {1, now, tallies..., warnings...} where they were counted, a warning as subject, limit,
used; or {0, now, subject, limit, used, until} with the moment at which they would be taken.
"""

CHARGE = """
local ahead, mails, recipients = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local taken, session, lease = ARGV[4] ~= '', ARGV[5], tonumber(ARGV[6])
local learning, marks = tonumber(ARGV[7]), ARGV[8]
local now = tonumber(redis.call('TIME')[1])
local spans = {60, 3600, 86400}
local refused = {}

local function numbers(text)
    local found = {}
    for each in string.gmatch(text, '%d+') do found[#found + 1] = tonumber(each) end
    return found
end

local function refuse(subject, limit, used, till)
    if not refused[6] or till > refused[6] then refused = {0, now, subject, limit, used, till} end
end

local function tally_of(key, known)
    local tally, told = numbers(redis.call('GET', key) or ''), numbers(known)
    for window = 1, 3 do
        local at, number = window * 3 - 2, math.floor((now + ahead) / spans[window])
        local stored, seen = tally[at] == number, told[at] == number
        for each = at + 1, at + 2 do
            tally[each] = math.max(stored and tally[each] or 0, seen and told[each] or 0)
        end
        if window == 3 then
            tally[10] = math.max(stored and tally[10] or 0, seen and told[10] or 0)
        end
        tally[at] = number
    end
    return tally
end

-- Two filters (Bloom), the newer of which becomes the older one when it is full: what is known are
-- the last recipients, at least as many as a filter takes. One in a hundred others passes for known
-- where both are full: 2 * (1 - e^(-4 * room / bits))^4.
local room, bits = 20000, 262144

local function places(from)
    local first, second = struct.unpack('<I4I4', marks, from)
    return {first % bits, (first + second) % bits, (first + 2 * second) % bits,
        (first + 3 * second) % bits}
end

local function has(key, at)
    for each = 1, 4 do
        if redis.call('GETBIT', key, at[each]) == 0 then return false end
    end
    return true
end

local function unknown_of(key)
    local fresh, missing = 0, {}
    for from = 1, #marks, 8 do
        local at = places(from)
        if not has(key .. ':n', at) then
            missing[#missing + 1] = at
            if not has(key .. ':o', at) then fresh = fresh + 1 end
        end
    end
    return fresh, missing
end

local function remember(key, missing)
    if tonumber(redis.call('GET', key .. ':c') or '0') + #missing > room then
        if redis.call('EXISTS', key .. ':n') == 1 then
            redis.call('RENAME', key .. ':n', key .. ':o')
        end
        redis.call('DEL', key .. ':c')
    end
    for _, at in ipairs(missing) do
        for each = 1, 4 do redis.call('SETBIT', key .. ':n', at[each], 1) end
    end
    redis.call('INCRBY', key .. ':c', #missing)
    for _, each in ipairs({':n', ':o', ':c'}) do redis.call('EXPIRE', key .. each, 15552000) end
end

local began = tonumber(redis.call('GET', 'omi:began') or '0')
if began == 0 then
    redis.call('SET', 'omi:began', now)
    began = now
end

local tallies, limits, missing = {}, {}, {}
for subject, key in ipairs(KEYS) do
    local limit, tally = numbers(ARGV[7 + subject * 2]), tally_of(key, ARGV[8 + subject * 2])
    tallies[subject], limits[subject] = tally, limit
    for window = 1, 3 do
        local at = window * 3 - 2
        local till = (tally[at] + 1) * spans[window] - ahead
        local most, persons = limit[window * 2 - 1], limit[window * 2]
        if most > 0 and tally[at + 1] + mails > most then
            refuse(subject, window * 2 - 1, tally[at + 1], till)
        end
        if persons > 0 and tally[at + 2] + recipients > persons then
            refuse(subject, window * 2, tally[at + 2], till)
        end
    end
    if limit[7] > 0 then
        local fresh
        fresh, missing[subject] = unknown_of(key)
        tally[11] = fresh
        if fresh > 0 and now >= began + learning * 86400 and tally[10] + fresh > limit[7] then
            refuse(subject, 7, tally[10], (tally[7] + 1) * 86400 - ahead)
        end
    end
    if limit[8] > 0 and session ~= '' then
        redis.call('ZREMRANGEBYSCORE', key .. ':s', '-inf', now)
        local open = redis.call('ZCARD', key .. ':s')
        if open >= limit[8] and not redis.call('ZSCORE', key .. ':s', session) then
            refuse(subject, 8, open, 0)
        end
    end
end
if refused[1] and not taken then return refused end

local answer, warnings = {1, now}, {}
for subject, key in ipairs(KEYS) do
    local limit, tally = limits[subject], tallies[subject]
    local function warn(which, before, added)
        local most = limit[which]
        if most > 0 and before * 5 < most * 4 and (before + added) * 5 >= most * 4 then
            for _, each in ipairs({subject, which, before + added}) do
                warnings[#warnings + 1] = each
            end
        end
    end
    for window = 1, 3 do
        local at = window * 3 - 2
        warn(window * 2 - 1, tally[at + 1], mails)
        warn(window * 2, tally[at + 2], recipients)
        tally[at + 1], tally[at + 2] = tally[at + 1] + mails, tally[at + 2] + recipients
    end
    if missing[subject] then
        local fresh = tally[11]
        tally[11] = nil
        warn(7, tally[10], fresh)
        tally[10] = tally[10] + fresh
        if #missing[subject] > 0 then remember(key, missing[subject]) end
    end
    if limit[8] > 0 and session ~= '' then
        redis.call('ZADD', key .. ':s', now + lease, session)
        redis.call('EXPIRE', key .. ':s', lease)
    end
    answer[#answer + 1] = table.concat(tally, ' ')
    redis.call('SET', key, answer[#answer], 'EX', 90000)
end
for _, each in ipairs(warnings) do answer[#answer + 1] = each end
return answer
"""

# KEYS and ARGV go in pairs: a session of a subject; ARGV begins with the seconds of a lease.
RENEW = """
local now, lease = tonumber(redis.call('TIME')[1]), tonumber(ARGV[1])
for each, key in ipairs(KEYS) do
    redis.call('ZADD', key .. ':s', now + lease, ARGV[each + 1])
    redis.call('EXPIRE', key .. ':s', lease)
end
return #KEYS
"""
