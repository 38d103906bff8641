"""What receivers conclude from DNS: SPF, DKIM keys, DMARC. Pure: questions out, answers in."""
