-- Signs a mail with the keys of its From domain (RFC 6376, RFC 8463). Written by Omi Relay.
--
-- A mail is refused with 451 unless this module says that it is signed with every algorithm; see
-- `actions` in rspamd.conf. So each early return below refuses, and so does an error.

local logger = require "rspamd_logger"
local lua_mime = require "lua_mime"
local lua_util = require "lua_util"
local rspamd_util = require "rspamd_util"

local settings = rspamd_config:get_all_opt("omi_signing")
local dkim_sign = rspamd_plugins.dkim.sign

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
  return tostring(rspamd_util.encode_base64(rspamd_util.decode_base64(body):sub(17)))
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

local function refuse(task, action, text)
  logger.errx(task, "not signed: %s", text)
  task:set_pre_result(action, text)
end

local function sign_as(task, domain)
  for algorithm, suffix in pairs(settings.suffixes) do
    local selector = (settings.slots[domain] or settings.slot) .. suffix
    local path = lua_util.template(settings.path, { domain = domain, selector = selector })
    if not sign[algorithm](task, domain, selector, path) then
      refuse(task, "soft reject", string.format("no DKIM key of %s at hand, try again later", domain))
      return
    end
  end
  task:insert_result("OMI_SIGNED", 1.0, domain)
end

-- Python, told `msg["From"] = "Ming in Chinese <ming@shop.example>"`, hides the address inside the
-- encoded name, where RFC 2047 section 5 (3) forbids it and no receiver finds it. The customers'
-- guide shows that program, so such a header is written anew. Returns the domain of its address.
local function mended(task, header)
  local all = task:get_header_full(header)
  if not all or #all ~= 1 or all[1].value:find("@", 1, true) then
    return nil
  end
  local name, address, domain = all[1].decoded:match("^%s*(.-)%s*<([^%s<>@]+@([^%s<>@]+))>%s*$")
  if not name or name:find("%c") or address:find("[^%w.!#$%%&'*+/=?^_`{|}~@-]") then
    return nil
  end
  local value = string.format("%s <%s>", rspamd_util.mime_header_encode(name), address)
  lua_mime.modify_headers(task, {
    remove = { [header] = 0 },
    add = { [header] = { value = value, order = 1 } },
  })
  return domain
end

-- Exactly one author, so that no receiver can show another one than the signed.
local function from_domain(task)
  local authors = task:get_from("mime")
  local found = authors and #authors == 1 and authors[1].domain or ""
  local domain = found ~= "" and found or mended(task, "From")
  if not domain then
    return nil
  end
  domain = domain:lower()
  -- d= holds A-labels, whatever the header is written in (RFC 6376 section 3.5, RFC 8616 section 5)
  return settings.a_labels[domain] or domain
end

-- smtpd lets nobody send without AUTH, so whoever has no login is a program on this host.
local function callback(task)
  local domain = from_domain(task)
  if task:get_user() then
    if domain then
      mended(task, "To")
      mended(task, "Reply-To")
      sign_as(task, domain)
    else
      refuse(task, "soft reject", "the From header must hold exactly one address")
    end
  elseif domain == settings.own_name then
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
