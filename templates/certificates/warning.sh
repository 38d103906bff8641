#!/bin/sh
# Warns when what is served here has less than {{ days }} days left, and renews nothing.
# Exit 0 fine, 1 less than that, 3 a listener could not be looked at. Written by Omi Relay; edits
# are undone. Manual: openssl-s_client(1), openssl-x509(1)
set -u
days={{ days }}
metrics={{ metrics }}
code=0
text=
for port in {{ ports|join(" ") }}; do
    case $port in {{ tls_ports|join("|") }}) mode= ;; *) mode='-starttls smtp' ;; esac
    # $mode is two words.
    leaf=$(timeout 20 openssl s_client -connect "localhost:$port" $mode < /dev/null 2> /dev/null |
        openssl x509 2> /dev/null)
    if test -z "$leaf"; then
        echo "<4>port $port: the certificate could not be looked at"
        test "$code" = 1 || code=3
        continue
    fi
    end=$(echo "$leaf" | openssl x509 -noout -enddate)
    seconds=$(date -d "${end#notAfter=}" +%s)
    text="$text
omi_certificate_not_after_seconds{port=\"$port\"} $seconds"
    if ! echo "$leaf" | openssl x509 -noout -checkend $((days * 86400)) > /dev/null; then
        echo "<4>port $port: the certificate ends on ${end#notAfter=}, in less than $days days;" \
            "run deploys/certificates.py and see why nobody did"
        code=1
    fi
done
# The collector must never read half of a file.
{
    echo "# HELP omi_certificate_not_after_seconds When the certificate that is served ends."
    echo "# TYPE omi_certificate_not_after_seconds gauge$text"
    echo "# HELP omi_certificate_warning 0 fine, 1 it ends soon, 3 nobody could look."
    echo "# TYPE omi_certificate_warning gauge"
    echo "omi_certificate_warning $code"
} > "$metrics.new" && mv "$metrics.new" "$metrics"
exit $code
