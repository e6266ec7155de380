-- wrk: polls of random operations. Arguments: file of paths, token.
local paths = {}
function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  wrk.headers["Authorization"] = "Bearer " .. args[2]
  math.randomseed(7)
end
function request()
  return wrk.format("GET", paths[math.random(#paths)])
end
