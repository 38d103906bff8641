# Makes $1 zones of customers on the lab's Knot, with the key $2 and the senders $3 in the
# operator's zone.
set -e
count=$1
zones=/etc/knot/zones/bench
mkdir -p "$zones"
head='$TTL 60
@ SOA ns.lab-dns.example. hostmaster.lab-dns.example. 1 60 30 86400 1
@ NS ns.lab-dns.example.'
{
	printf '%s\n' "$head"
	awk -v n="$count" 'BEGIN { for (i = 1; i <= n; i++) print "c" i " NS ns.lab-dns.example." }'
} > "$zones/bench.example.zone"
awk -v n="$count" -v head="$head" -v zones="$zones" 'BEGIN {
	for (i = 1; i <= n; i++) {
		name = "c" i ".bench.example"
		file = zones "/" name ".zone"
		print head > file
		print "@ A 192.0.2.80" > file
		print "@ MX 10 mx.inbox.example." > file
		print "@ TXT \"v=spf1 mx include:_spf.itpison.com -all\"" > file
		print "_dmarc TXT \"v=DMARC1; p=none\"" > file
		for (s = 1; s <= 2; s++)
			print "omi" s "._domainkey CNAME omi" s "." name ".dkim.itpison.com." > file
		close(file)
	}
}'
{
	printf '  - domain: "bench.example."\n    file: %s/bench.example.zone\n' "$zones"
	awk -v n="$count" -v zones="$zones" 'BEGIN { for (i = 1; i <= n; i++)
		printf "  - domain: \"c%d.bench.example.\"\n    file: %s/c%d.bench.example.zone\n", i, zones, i }'
} >> /etc/knot/knot.conf
knotc --blocking reload > /dev/null
# Their keys and our senders: what a deploy would have published.
knotc zone-begin itpison.com > /dev/null
knotc zone-set itpison.com '*.dkim.itpison.com.' 60 TXT "$2" > /dev/null
knotc zone-set itpison.com _spf.itpison.com. 60 TXT "$3" > /dev/null
knotc zone-commit itpison.com > /dev/null
