# Loads the rules of the firewall in one transaction, and whom the operator has banned into them
# again. Written by Omi Relay; edits are undone. Manual: nft(8)
set -eu
# Without CAP_NET_ADMIN, or with a broken file, nothing changes.
{
    cat {{ rules }}
    for set in banned4 banned6; do nft list set {{ table }} "$set" 2> /dev/null || :; done
} | nft -f -
# What a deploy compares with: the kernel's own words, without what is counted and who is banned.
nft -s -t list table {{ table }} > {{ listing }}.new
mv {{ listing }}.new {{ listing }}
