-- Makes rspamd's Authentication-Results say what RFC 8601 says where it says less.
--
-- A signature whose key is missing or revoked is a permanent error (RFC 8601 2.7.1), not `none`,
-- which means that there is no signature. Two SPF records are a permanent error (RFC 7208 4.5),
-- and nothing that DMARC may lean on.

local results = require "lua_auth_results"
local generate = results.gen_auth_results

local function sender_domain(task)
  local from = task:get_from('smtp')
  if from and from[1] and from[1].domain ~= '' then
    return from[1].domain
  end
  return task:get_helo()
end

local function count_spf_records(task)
  local domain = sender_domain(task)
  if not domain then return end
  task:get_resolver():resolve_txt({
    task = task,
    name = domain,
    forced = true,
    callback = function(_, _, records)
      local count = 0
      for _, record in ipairs(records or {}) do
        if record:lower():match('^v=spf1%f[%s%z]') then count = count + 1 end
      end
      task:cache_set('spf_records', count)
    end,
  })
end

rspamd_config:register_symbol({
  name = 'LAB_SPF_RECORDS',
  type = 'prefilter',
  callback = count_spf_records,
})

results.gen_auth_results = function(task, settings)
  local text = generate(task, settings)
  if not text then return nil end
  text = text:gsub('dkim=none( [^;]*header%.d=)', 'dkim=permerror%1')
  if (task:cache_get('spf_records') or 0) > 1 then
    text = text:gsub('spf=%a+', 'spf=permerror')
    if not text:find('dkim=pass', 1, true) then
      text = text:gsub('dmarc=pass', 'dmarc=fail')
    end
  end
  return text
end
