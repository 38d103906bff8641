"""What an inventory says about limits: what lies underneath all files, and who counts."""
