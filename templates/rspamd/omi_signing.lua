-- Signs a mail with the keys of its From domain (RFC 6376, RFC 8463). Written by Omi Relay.
--
-- A mail is refused with 451 unless this module says that it is signed with every algorithm, or that it
-- goes to a send engine which signs by itself; see `actions` in rspamd.conf. So each early return below refuses, and so does an error. What no
-- later attempt mends is refused for good.

local logger = require "rspamd_logger"
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
-- keys, and the accounts that may use it; but one, which says what signs the notices of this host.
-- Domains and paths below come from here, never from a mail.
local senders, notices, version = {}, nil, nil

-- Returns nil where a line is none of these: a part of the list would refuse mail for good.
local function read_senders(file)
  local read, own = {}, nil
  for line in file:lines() do
    local sender, domain, slot, logins = line:match("^(%S+) (%S+) (%S+) (%S+)$")
    if sender then
      read[sender] = { domain = domain, slot = slot, logins = "," .. logins .. "," }
    elseif line:sub(1, 1) ~= "#" then
      domain, slot = line:match("^notices (%S+) (%S+)$")
      if not domain then
        return nil
      end
      own = { domain = domain, slot = slot }
    end
  end
  return own and read, own
end

-- The first line differs whenever the others do, so that a new account or key needs no reload, which
-- on Debian 12 would end the signing of open sessions. False where the file cannot be read.
local function look_at_senders()
  local file = io.open(settings.senders)
  if not file then
    return false
  end
  local first = file:read("*l")
  if first ~= version then
    local read, own = read_senders(file)
    if read then
      senders, notices, version = read, own, first
    end
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

-- ---- The author

-- Octets. The policy daemon lets 2,000 through, and writes a name of those in at most twice as many.
local LONGEST_FROM = 4096

-- Returns the one author, so that no receiver can show another one than the signed. The policy daemon
-- asked the same before, and wrote anew what a person typed; what is still odd here is refused.
local function author(task)
  local all = task:get_header_full("From") or {}
  if #all ~= 1 then
    return nil, "the mail must have exactly one From header, and has " .. #all
  elseif #all[1].value > LONGEST_FROM then
    return nil, string.format("the From header must not have more than %d octets", LONGEST_FROM)
  end
  local list, fault = mailboxes.read(all[1].value)
  if list and #list ~= 1 then
    fault = #list .. " addresses"
  end
  if fault then
    return nil, "the From header must hold exactly one address, and holds " .. fault
  end
  return list[1]
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

-- Whether the mail goes to a next hop whose mail is not signed here. The mark is the policy daemon's,
-- which removes what came under its name; and Postfix takes no marked mail but to that very next hop.
local function is_signed_elsewhere(task)
  local marks = task:get_header_full(settings.mark) or {}
  local mark = #marks == 1 and marks[1].value:match("^%s*(%S+)%s*$")
  for _, transport in ipairs(settings.unsigned or {}) do
    if mark == transport then
      return true
    end
  end
  return false
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
  local line, address = author_line(login, from)
  if line and is_signed_elsewhere(task) then
    task:insert_result("OMI_UNSIGNED", 1.0, line.domain)
  elseif line then
    sign_as(task, line.domain, line.slot)
  else
    local text = "the From header holds %s, which the account may not use"
    refuse(task, "reject", string.format(text, printable(address.text)))
  end
end

-- smtpd lets nobody send without AUTH, so whoever has no login is a program on this host: Postfix
-- says so of it, with this address. A bounce or notice that is put off is made again later.
local function is_of_this_host(task, from)
  local ip = task:get_from_ip()
  local is_local = ip and ip:is_valid() and ip:to_string() == "127.0.0.1"
  return is_local and from.address.domain:lower() == settings.own_name
end

local function callback(task)
  local login = task:get_user()
  if not look_at_senders() then
    refuse(task, "soft reject", "the accounts' senders are not at hand, try again later")
    return
  end
  local from, fault = author(task)
  if not from then
    refuse(task, "reject", fault)
  elseif login then
    customer(task, login, from)
  elseif is_of_this_host(task, from) then
    sign_as(task, notices.domain, notices.slot)
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
for _, verdict in ipairs({ "OMI_SIGNED", "OMI_UNSIGNED" }) do
  rspamd_config:register_symbol({ name = verdict, type = "virtual", parent = id })
end
