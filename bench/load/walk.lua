-- Walks a list of paths, one request each, and says at the end what happened as one JSON object.

local list = {}
local at = 0

function init(args)
  for line in io.lines(args[1]) do
    list[#list + 1] = wrk.format("GET", line)
  end
end

function request()
  at = at % #list + 1
  return list[at]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "received_bytes": %d, "took_s": %f, "errors": %d, ' ..
    '"p50_ms": %f, "p99_ms": %f}\n',
    summary.requests, summary.bytes, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
