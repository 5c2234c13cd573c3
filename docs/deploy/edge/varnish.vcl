# Varnish in front of one f1stream, with caching.vcl beside this file; varnish-replicas.vcl is for
# several.
#
#   varnishd -F -a :80 -f /etc/varnish/varnish.vcl -s malloc,512m -p default_ttl=60

vcl 4.1;

include "./caching.vcl";

backend f1stream {
    .host = "f1stream";
    .port = "8000";
    # f1stream says itself when an upstream is too slow.
    .first_byte_timeout = 75s;
    .between_bytes_timeout = 75s;
}
