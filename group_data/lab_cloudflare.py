"""Connection only: the key and the known hosts that the lab makes."""

ssh_key = ".lab/ssh/id_ed25519"
ssh_known_hosts_file = ".lab/ssh/known_hosts"
