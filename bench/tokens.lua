-- wrk's script for distinct tokens: each request carries the next line of the file TOKENS, from line START.
local tokens, at = {}, tonumber(os.getenv("START"))
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = "Bearer " .. line end

function request()
    at = at % #tokens + 1
    return wrk.format("GET", nil, { Authorization = tokens[at] })
end
