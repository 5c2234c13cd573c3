# Varnish in front of several f1streams that are one, with caching.vcl beside this file. All of a
# stream comes from the same replica, so that each segment is fetched once upstream of them.
#
#   varnishd -F -a :80 -f /etc/varnish/varnish-replicas.vcl -s malloc,512m -p default_ttl=60

vcl 4.1;

import directors;

include "./caching.vcl";

# One that stops says so here, while it still answers.
probe ready {
    .url = "/ready";
    .interval = 2s;
    .timeout = 2s;
    .window = 3;
    .threshold = 2;
    .initial = 2;
}

# A backend has one address: name each replica, here and in vcl_init.
backend f1stream_1 {
    .host = "f1stream-1";
    .port = "8000";
    .probe = ready;
    # f1stream says itself when an upstream is too slow.
    .first_byte_timeout = 75s;
    .between_bytes_timeout = 75s;
}

backend f1stream_2 {
    .host = "f1stream-2";
    .port = "8000";
    .probe = ready;
    .first_byte_timeout = 75s;
    .between_bytes_timeout = 75s;
}

sub vcl_init {
    new replicas = directors.shard();
    replicas.add_backend(f1stream_1);
    replicas.add_backend(f1stream_2);
    replicas.reconfigure();
}

sub vcl_backend_fetch {
    # The stream that a link is of; all that is no link goes to one replica, too.
    set bereq.backend = replicas.backend(by=KEY, alt=bereq.retries,
        key=replicas.key(regsub(bereq.url, "^(?:.*[?&]sig=([a-z0-9-]+)\.)?.*$", "\1")));
}

sub vcl_backend_error {
    # One that is gone is noticed by the next probe only. What changes state is never asked for twice.
    if (bereq.retries == 0 && bereq.method ~ "^(GET|HEAD|OPTIONS)$") {
        return (retry);
    }
}
