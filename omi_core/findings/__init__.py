"""What a check has to say: findings in both languages, and the verdict that they make."""
