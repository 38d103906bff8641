-- Signs a mail with the keys of its From domain (RFC 6376, RFC 8463). Written by Omi Relay.
--
-- A mail is refused with 451 unless this module says that it is signed with every algorithm; see
-- `actions` in rspamd.conf. So each early return below refuses.

local logger = require "rspamd_logger"
local lua_util = require "lua_util"
local rspamd_url = require "rspamd_url"

local settings = rspamd_config:get_all_opt("omi_signing")
local sign = rspamd_plugins.dkim.sign

-- d= holds A-labels, whatever the header is written in (RFC 6376 section 3.5, RFC 8616 section 5).
local function a_labels(task, domain)
  local url = rspamd_url.create(task:get_mempool(), "http://" .. domain .. "/")
  return url and url:get_host():lower() or domain
end

-- Exactly one author, so that no receiver can show another one than the signed.
local function from_domain(task)
  local authors = task:get_from("mime")
  if not authors or #authors ~= 1 or not authors[1].domain or authors[1].domain == "" then
    return nil
  end
  return a_labels(task, authors[1].domain:lower())
end

local function refuse(task, text)
  logger.errx(task, "not signed: %s", text)
  task:set_pre_result("soft reject", text)
end

local function sign_as(task, domain)
  for _, suffix in ipairs(settings.suffixes) do
    local selector = (settings.slots[domain] or settings.slot) .. suffix
    local key = lua_util.template(settings.path, { domain = domain, selector = selector })
    if not sign(task, { domain = domain, selector = selector, key = key }) then
      refuse(task, string.format("no DKIM key of %s is at hand, try again later", domain))
      return
    end
  end
  task:insert_result("OMI_SIGNED", 1.0, domain)
end

-- smtpd lets nobody send without AUTH, so whoever has no login is a program on this host.
local function callback(task)
  local domain = from_domain(task)
  if not domain then
    refuse(task, "the From header must hold exactly one address")
  elseif task:get_user() then
    sign_as(task, domain)
  elseif domain == settings.own_name then
    task:insert_result("OMI_OWN_NOTICE", 1.0)
  else
    refuse(task, "programs of this host may not send as a customer")
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
