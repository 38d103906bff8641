"""Where the mails of a relay go on to, as far as that decides what stands in them."""
