# What Varnish keeps of f1stream, and how long: one upstream fetch per segment, whatever the number of
# viewers. Links are signed and the same for everybody, so that what a link leads to can be kept here.

sub vcl_recv {
    # Events, JSON and pages: as they are. What changes state is never kept.
    if ((req.method != "GET" && req.method != "HEAD")
        || req.url !~ "^/((relay|proxy)\?|_app/immutable/)") {
        return (pass);
    }
    # The link alone says what it is: not the viewer.
    unset req.http.Cookie;
    unset req.http.Authorization;
    return (hash);
}

sub vcl_hash {
    hash_data(req.url);
    return (lookup);
}

sub vcl_backend_response {
    # Past its time a playlist is wrong, and a player would wait for what it does not list.
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    # A segment is sent on while it arrives, to all who wait for it.
    set beresp.do_stream = true;
    # An error is not kept, and does not stop the next ones from sharing a fetch.
    if (beresp.status >= 400) {
        set beresp.ttl = 0s;
        return (deliver);
    }
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
}
