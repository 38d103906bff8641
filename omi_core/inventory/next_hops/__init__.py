"""Next hops: what an inventory and customers' files say of them, and which one a mail takes."""
