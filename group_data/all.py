"""Connection only; everything else is in the inventories."""

ssh_user = "root"
# A changed or unknown host key stops the run: pyinfra's own default would take a new one.
ssh_strict_host_key_checking = "yes"
