-- Reads lists of mailboxes as headers hold them (RFC 5322 3.4).
-- Written by Omi Relay.
--
-- The text is a customer's: it is read once from left to right, a byte or a run of bytes at a time.
-- No pattern here has two ways to match, so the time grows with the length alone.

local mailboxes = {}

-- What a phrase or an address consists of: everything but the specials and white space. Dots and
-- square brackets stand unquoted in many names (obs-phrase, RFC 5322 4.1).
local RUN = '^[^ \t()<>@,;:\\"]+'
local SPACE = "^[ \t]+"
local CONTROL = "[^\t\032-\126\128-\255]"
local LONGEST_ADDRESS = 254 -- RFC 5321 4.5.3.1.3, without the angle brackets

local DEPTH = { ["("] = 1, [")"] = -1 }

local function skip_comment(text, at)
  local depth = 0
  while at <= #text do
    local character = text:sub(at, at)
    if character == "@" or character == "<" then
      return nil, "a comment that holds an address"
    end
    depth = depth + (DEPTH[character] or 0)
    at = at + (character == "\\" and 2 or 1)
    if depth == 0 then
      return at
    end
  end
  return nil, "a comment without an end"
end

-- Comments and folding white space (RFC 5322 3.2.2).
local function skip(text, at)
  while true do
    local _, last = text:find(SPACE, at)
    at = (last or at - 1) + 1
    if text:sub(at, at) ~= "(" then
      return at
    end
    local after, fault = skip_comment(text, at)
    if not after then
      return nil, fault
    end
    at = after
  end
end

-- Returns the content of a quoted string (RFC 5322 3.2.4), and where it ends.
local function quoted(text, at)
  local parts = {}
  at = at + 1
  while true do
    local first, last = text:find('^[^"\\]+', at)
    if first then
      parts[#parts + 1] = text:sub(first, last)
      at = last + 1
    end
    local character = text:sub(at, at)
    if character == '"' then
      return table.concat(parts), at + 1
    elseif character ~= "\\" then
      return nil, "a quoted text without an end"
    end
    parts[#parts + 1] = text:sub(at + 1, at + 1)
    at = at + 2
  end
end

-- Returns the next word, plain or quoted, and where it ends; no word and no fault where none is.
local function word(text, at)
  if text:sub(at, at) == '"' then
    return quoted(text, at)
  end
  local first, last = text:find(RUN, at)
  if first then
    return text:sub(first, last), last + 1
  end
  return nil, nil
end

-- Returns local-part "@" domain, nothing between them, and where it ends.
local function address(text, at)
  local local_part, after = word(text, at)
  if not local_part then
    return nil, after or "no address"
  end
  local first, last = text:find(RUN, after + 1)
  if text:sub(after, after) ~= "@" or not first then
    return nil, "no address"
  end
  if last - at >= LONGEST_ADDRESS then
    return nil, "an address of more than " .. LONGEST_ADDRESS .. " octets"
  end
  local domain = text:sub(first, last)
  return { local_part = local_part, domain = domain, text = local_part .. "@" .. domain }, last + 1
end

local function angle_address(text, at)
  at = text:find("[^ \t]", at + 1) or at
  local found, after = address(text, at)
  if not found then
    return nil, after
  end
  after = text:find("[^ \t]", after) or #text + 1
  if text:sub(after, after) ~= ">" then
    return nil, "an address without its '>'"
  end
  return found, after + 1
end

local FAULTS = {
  [":"] = "a group instead of an address",
  [";"] = "a ';' that ends no group",
  [">"] = "a '>' without its '<'",
  [")"] = "a ')' without its '('",
  ["@"] = "an '@' without an address",
  ["\\"] = "a backslash outside of quotes",
}

-- The words before an address: they are its name. An address among them is kept apart.
local function phrase(text, at)
  local words, mentioned = {}, {}
  while true do
    local fault
    at, fault = skip(text, at)
    if not at then
      return nil, fault
    end
    local found, after = word(text, at)
    if not found then
      return { words = words, mentioned = mentioned }, at, after
    end
    words[#words + 1] = found
    if text:sub(after, after) == "@" then
      local whole
      whole, after = address(text, at)
      if not whole then
        return nil, after
      end
      mentioned[#mentioned + 1] = whole
      words[#words] = whole.text
    end
    at = after
  end
end

-- Returns one mailbox, and where the comma or the end after it is.
local function mailbox(text, at)
  local before, after, fault = phrase(text, at)
  if not before or fault then
    return nil, fault or after
  end
  local found = { words = before.words, mentioned = before.mentioned }
  if text:sub(after, after) == "<" then
    found.address, after = angle_address(text, after)
    if found.address then
      after, fault = skip(text, after)
    end
    if not found.address or not after then
      return nil, fault or after
    end
  elseif #before.words == 1 and #before.mentioned == 1 then
    found = { words = {}, mentioned = {}, address = before.mentioned[1] }
  end
  local next_character = text:sub(after, after)
  if not found.address then
    return nil, FAULTS[next_character] or "no address"
  elseif next_character == "" or next_character == "," then
    return found, after
  end
  return nil, FAULTS[next_character] or "text after the address"
end

-- A line break that is none of folding stays, and is a control character (RFC 5322 2.2.3).
local function unfolded(text)
  return (text:gsub("\r?\n([ \t])", "%1"))
end

-- Returns a list of mailboxes, each { words, mentioned, address = { local_part, domain, text } };
-- or nothing, and in words what stands in the way.
function mailboxes.read(text)
  text = unfolded(text)
  if text:find(CONTROL) then
    return nil, "a control character"
  end
  local list, at = {}, 1
  repeat
    local found, after = mailbox(text, at)
    if not found then
      return nil, after
    end
    list[#list + 1] = found
    at = after + 1
  until after > #text
  return list
end

return mailboxes
