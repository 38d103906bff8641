-- Reads and writes lists of mailboxes as headers hold them (RFC 5322 3.4, RFC 2047).
-- Written by Omi Relay.
--
-- The text is a customer's: it is read once from left to right, a byte or a run of bytes at a time.
-- No pattern here has two ways to match, so the time grows with the length alone.

local mailboxes = {}

-- What a phrase or an address consists of: everything but the specials and white space. Dots and
-- square brackets stand unquoted in many names (obs-phrase, RFC 5322 4.1).
local RUN = '^[^ \t()<>@,;:\\"]+'
-- The same in a text that a person typed and a program encoded as a whole: it was never meant to
-- follow the grammar, so there are no comments and no groups in it.
local FREE_RUN = '^[^ \t<>@,\\"]+'
local SPACE = "^[ \t]+"
local CONTROL = "[^\t\032-\126\128-\255]"
local NOT_ASCII = "[\128-\255]"
local ENCODED_WORD = "^[ \t]*=%?[^? \t]+%?[BbQq]%?[^? \t]*%?="
-- Octets of a line of encoded words: 75 are allowed (RFC 2047 2), 12 of them are the frame, and
-- base64 makes four of three.
local WORD_OCTETS = 45
local LONGEST_ADDRESS = 254 -- RFC 5321 4.5.3.1.3, without the angle brackets
local LONGEST_QUOTED = 200 -- a longer name is folded, as words

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
local function skip(text, at, is_free)
  while true do
    local _, last = text:find(SPACE, at)
    at = (last or at - 1) + 1
    if is_free or text:sub(at, at) ~= "(" then
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
local function word(text, at, is_free)
  if text:sub(at, at) == '"' then
    return quoted(text, at)
  end
  local first, last = text:find(is_free and FREE_RUN or RUN, at)
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
local function phrase(text, at, is_free)
  local words, mentioned = {}, {}
  while true do
    local fault
    at, fault = skip(text, at, is_free)
    if not at then
      return nil, fault
    end
    local found, after = word(text, at, is_free)
    local is_comma = is_free and #words > 0 and #mentioned == 0 and text:sub(at, at) == ","
    if is_comma then
      found, after = table.remove(words) .. ",", at + 1
    elseif not found then
      return { words = words, mentioned = mentioned }, at, after
    end
    words[#words + 1] = found
    if not is_comma and text:sub(after, after) == "@" then
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
local function mailbox(text, at, is_free)
  local before, after, fault = phrase(text, at, is_free)
  if not before or fault then
    return nil, fault or after
  end
  local found = { words = before.words, mentioned = before.mentioned }
  if text:sub(after, after) == "<" then
    found.address, after = angle_address(text, after)
    if found.address then
      after, fault = skip(text, after, is_free)
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
-- or nothing, and in words what stands in the way. `is_free` says that a person typed the text.
function mailboxes.read(text, is_free)
  text = unfolded(text)
  if text:find(CONTROL) then
    return nil, "a control character"
  end
  local list, at = {}, 1
  repeat
    local found, after = mailbox(text, at, is_free)
    if not found then
      return nil, after
    end
    list[#list + 1] = found
    at = after + 1
  until after > #text
  return list
end

-- Whether a header consists of encoded words (RFC 2047 2) and white space.
function mailboxes.is_encoded(text)
  text = unfolded(text)
  local at = 1
  repeat
    local _, last = text:find(ENCODED_WORD, at)
    if not last then
      return false
    end
    at = last + 1
  until not text:find("[^ \t]", at)
  return true
end

-- Where the piece that begins at `first` and fits a word ends: after a space if it holds one, since
-- some readers show a gap between two words, and never within a character, whose other octets are
-- 10xxxxxx (RFC 3629 3).
local function piece_end(text, first)
  local last = math.min(first + WORD_OCTETS - 1, #text)
  if last == #text then
    return last
  end
  for at = last, first, -1 do
    if text:sub(at, at) == " " then
      return at
    end
  end
  while last > first and text:find("^[\128-\191]", last + 1) do
    last = last - 1
  end
  return last
end

local function encoded_words(text, base64)
  local words, at = {}, 1
  while at <= #text do
    local last = piece_end(text, at)
    words[#words + 1] = "=?UTF-8?B?" .. base64(text:sub(at, last)) .. "?="
    at = last + 1
  end
  return table.concat(words, "\n ")
end

local function quoted_string(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local function written_name(name, base64)
  if name:find(NOT_ASCII) or name:find("=?", 1, true) or #name > LONGEST_QUOTED then
    return encoded_words(name, base64)
  elseif name:find("[^A-Za-z0-9!#$%%&'*+/=?^_`{|}~ -]") then
    return quoted_string(name)
  end
  return name
end

-- A local part that is no dot-atom has to be quoted (RFC 5322 3.4.1).
local function written_address(found)
  if found.local_part:find('[%s()<>@,;:\\"%[%]]') or found.local_part == "" then
    return quoted_string(found.local_part) .. "@" .. found.domain
  end
  return found.text
end

-- Returns whether the list holds an address that is not ASCII, as only SMTPUTF8 can carry it.
function mailboxes.needs_utf8(list)
  for _, each in ipairs(list) do
    if each.address.text:find(NOT_ASCII) then
      return true
    end
  end
  return false
end

-- Returns the list as a header holds it, names that are not ASCII in encoded words, folded.
-- `base64` encodes a string.
function mailboxes.write(list, base64)
  local written = {}
  for _, each in ipairs(list) do
    local name, text = table.concat(each.words, " "), written_address(each.address)
    written[#written + 1] = name == "" and text
      or written_name(name, base64) .. "\n <" .. text .. ">"
  end
  return table.concat(written, ",\n ")
end

return mailboxes
