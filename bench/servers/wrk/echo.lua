-- 1 KiB of content, which comes back.
wrk.method = "POST"
wrk.body = string.rep("x", 1024)
