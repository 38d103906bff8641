-- Signs a mail with the keys of its From domain (RFC 6376, RFC 8463). Written by Omi Relay.
--
-- A mail is refused with 451 unless this module says that it is signed with every algorithm; see
-- `actions` in rspamd.conf. So each early return below refuses, and so does an error. What no
-- later attempt mends is refused for good.

local logger = require "rspamd_logger"
local lua_mime = require "lua_mime"
local lua_util = require "lua_util"
local rspamd_util = require "rspamd_util"

local settings = rspamd_config:get_all_opt("omi_signing")
local dkim_sign = rspamd_plugins.dkim.sign
local mailboxes = dofile(settings.mailboxes)

-- ---- The keys

-- The seed inside a PKCS #8 file (RFC 8410 section 7) in base64, the form that rspamd reads.
local function ed25519_seed(path)
  local file = io.open(path)
  if not file then
    return nil
  end
  local pem = file:read("*a"):gsub("%s", "")
  file:close()
  local body = pem:match("PRIVATEKEY%-+(MC4CAQAwBQYDK2VwBCIE[%w+/]+)%-+END")
  if not body or #body ~= 64 then
    return nil
  end
  -- What begins with a slash, as one key in 64 does, rspamd takes for a path, and logs: " " first.
  return " " .. tostring(rspamd_util.encode_base64(rspamd_util.decode_base64(body):sub(17)))
end

local sign = {}

-- rspamd reads the file itself, again when it changes, and says false when it is missing.
function sign.rsa(task, domain, selector, path)
  return dkim_sign(task, { domain = domain, selector = selector, key = path })
end

function sign.ed25519(task, domain, selector, path)
  local seed = ed25519_seed(path)
  return seed and dkim_sign(task, { domain = domain, selector = selector, rawkey = seed })
end

-- ---- Who may use which address

-- Every line is a sender as Postfix looks it up, the domain that signs for it, with which slot of its
-- keys, and the accounts that may use it. Domains and paths below come from here, never from a mail.
local senders, version = {}, nil

-- Returns nil where a line is none of these: a part of the list would refuse mail for good.
local function read_senders(file)
  local read = {}
  for line in file:lines() do
    local sender, domain, slot, logins = line:match("^(%S+) (%S+) (%S+) (%S+)$")
    if sender then
      read[sender] = { domain = domain, slot = slot, logins = "," .. logins .. "," }
    elseif line:sub(1, 1) ~= "#" then
      return nil
    end
  end
  return read
end

-- The first line differs whenever the others do, so that a new account or key needs no reload, which
-- on Debian 12 would end the signing of open sessions. False where the file cannot be read.
local function look_at_senders()
  local file = io.open(settings.senders)
  if not file then
    return false
  end
  local first = file:read("*l")
  local read = first ~= version and read_senders(file)
  if read then
    senders, version = read, first
  end
  file:close()
  return first ~= nil and first == version
end

-- Returns the line of an address, if the account may use it: the address before its domain, as in
-- smtpd_sender_login_maps; domains are A-labels there (RFC 6376 section 3.5, RFC 8616 section 5).
local function line_of(login, address)
  local domain = address.domain:lower()
  local found = senders[address.local_part:lower() .. "@" .. domain] or senders["@" .. domain]
  return found and found.logins:find("," .. login:lower() .. ",", 1, true) and found or nil
end

-- ---- Refusals

-- What a customer wrote, for a log and a reply: short, and without anything but plain characters.
local function printable(text)
  return (text:sub(1, 100):gsub("[^\032-\126]", "?"):gsub("%%", "?"))
end

local function refuse(task, action, text)
  logger.errx(task, "not signed: %s", text)
  task:set_pre_result(action, text)
end

-- ---- Headers with addresses

local REPAIRED = { "To", "Cc", "Reply-To" }
-- What a line can hold (RFC 5322 2.1.1): Postfix breaks longer ones after they are signed.
local LONGEST_FROM = 998
-- What Postfix lets a header have: header_size_limit in postconf(5).
local LONGEST = 102400

local function base64(octets)
  return tostring(rspamd_util.encode_base64(octets))
end

-- Returns a header's text, and whether it is one that a person typed and receivers cannot read.
--
-- Python, told `msg["From"] = "Ming in Chinese <ming@shop.example>"`, hides the address inside the
-- encoded name, where RFC 2047 section 5 (3) forbids it and no receiver finds it; the customers'
-- guide shows that program. Old devices write names as bare octets.
local function text_of(header)
  if header.value:find("[\128-\255]") then
    return header.value, true
  end
  local is_hidden = not header.value:find("@", 1, true)
    and mailboxes.is_encoded(header.value)
    and header.decoded:find("@", 1, true) ~= nil
  return is_hidden and header.decoded or header.value, is_hidden
end

-- Returns what keeps octets from being the text that was meant.
local function octets_fault(text, is_broken)
  if not rspamd_util.is_valid_utf8(text) or text:find("\239\191\189", 1, true) then
    return "octets that are not UTF-8"
  elseif is_broken and text:find("=?", 1, true) and text:find("?=", 1, true) then
    return "encoded words within other text"
  end
  return nil
end

-- Returns the mailboxes of a header; or nothing, and in words why. Last, whether it is broken.
local function read_header(header)
  if #header.value > LONGEST then
    return nil, "more octets than a header may have"
  end
  local text, is_broken = text_of(header)
  local list, fault = nil, octets_fault(text, is_broken)
  if not fault then
    list, fault = mailboxes.read(text, is_broken)
  end
  return list, fault, is_broken
end

-- Whether an address of the envelope is not ASCII, which only SMTPUTF8 allows (RFC 6531 3.4).
local function is_smtputf8(task)
  for _, each in ipairs({ task:get_from("smtp") or {}, task:get_recipients("smtp") or {} }) do
    for _, address in ipairs(each) do
      if address.addr:find("[\128-\255]") then
        return true
      end
    end
  end
  return false
end

-- Writes a broken header anew, or returns in words why that cannot be done.
local function repair(task, name, header, list)
  if not mailboxes.needs_utf8(list) then
    lua_mime.modify_headers(task, {
      remove = { [name] = 0 },
      add = { [name] = { value = mailboxes.write(list, base64), order = 1 } },
    })
  elseif not (is_smtputf8(task) and header.value:find("[\128-\255]")) then
    return "an address that is not ASCII"
  end
  return nil
end

-- Returns the one author, so that no receiver can show another one than the signed.
local function author(task)
  local all = task:get_header_full("From") or {}
  if #all ~= 1 then
    return nil, "the mail must have exactly one From header, and has " .. #all
  elseif #all[1].value > LONGEST_FROM then
    return nil, string.format("the From header must not have more than %d octets", LONGEST_FROM)
  end
  local list, fault, is_broken = read_header(all[1])
  if list and #list ~= 1 then
    fault = #list .. " addresses"
  end
  if fault then
    return nil, "the From header must hold exactly one address, and holds " .. fault
  end
  return { header = all[1], mailbox = list[1], is_broken = is_broken }
end

-- Repairs From, or returns why it cannot be done. Where no SMTPUTF8 was asked for, its domain is
-- written in A-labels, in which it is known here.
local function author_fault(task, from, domain)
  local address = from.mailbox.address
  if address.domain:find("[\128-\255]") and not is_smtputf8(task) then
    address.domain, address.text = domain, address.local_part .. "@" .. domain
  end
  return from.is_broken and repair(task, "From", from.header, { from.mailbox }) or nil
end

-- Repairs a header with recipients, or returns why it cannot be done.
local function recipients_fault(task, name)
  local all = task:get_header_full(name) or {}
  for _, header in ipairs(all) do
    local _, is_broken = text_of(header)
    if is_broken and #all > 1 then
      return "a part of what several such headers hold"
    elseif is_broken then
      local list, fault = read_header(header)
      return fault or repair(task, name, header, list)
    end
  end
  return nil
end

-- Repairs every header, or returns a sentence about the first that cannot be.
local function headers_fault(task, from, domain)
  local name, fault = "From", author_fault(task, from, domain)
  for _, each in ipairs(REPAIRED) do
    if not fault then
      name, fault = each, recipients_fault(task, each)
    end
  end
  return fault and string.format("the %s header cannot be sent on: it holds %s", name, fault)
end

-- ---- The verdict

local function sign_as(task, domain, slot)
  for algorithm, suffix in pairs(settings.suffixes) do
    local selector = slot .. suffix
    local path = lua_util.template(settings.path, { domain = domain, selector = selector })
    if not sign[algorithm](task, domain, selector, path) then
      refuse(task, "soft reject", "no DKIM key of " .. domain .. " at hand, try again later")
      return
    end
  end
  task:insert_result("OMI_SIGNED", 1.0, domain)
end

-- Returns the line of the author; or nothing, and the address that is another's. One within his name
-- must be the account's as well: receivers show the name.
local function author_line(login, mailbox)
  for _, address in ipairs(mailbox.mentioned) do
    if not line_of(login, address) then
      return nil, address
    end
  end
  return line_of(login, mailbox.address), mailbox.address
end

local function customer(task, login, from)
  local line, address = author_line(login, from.mailbox)
  if not line then
    local text = "the From header holds %s, which the account may not use"
    refuse(task, "reject", string.format(text, printable(address.text)))
    return
  end
  local fault = headers_fault(task, from, line.domain)
  if fault then
    refuse(task, "reject", fault)
  else
    sign_as(task, line.domain, line.slot)
  end
end

-- smtpd lets nobody send without AUTH, so whoever has no login is a program on this host.
local function callback(task)
  local login = task:get_user()
  if login and not look_at_senders() then
    refuse(task, "soft reject", "the accounts' senders are not at hand, try again later")
    return
  end
  local from, fault = author(task)
  if not from then
    refuse(task, "reject", fault)
  elseif login then
    customer(task, login, from)
  elseif from.mailbox.address.domain:lower() == settings.own_name then
    task:insert_result("OMI_OWN_NOTICE", 1.0)
  else
    refuse(task, "reject", "programs of this host may not send as anybody else")
  end
end

local id = rspamd_config:register_symbol({
  name = "OMI_SIGNING",
  type = "normal",
  flags = "empty,ignore_passthrough",
  callback = callback,
})
for _, name in ipairs({ "OMI_SIGNED", "OMI_OWN_NOTICE" }) do
  rspamd_config:register_symbol({ name = name, type = "virtual", parent = id })
end
