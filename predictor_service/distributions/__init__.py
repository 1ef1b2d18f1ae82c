"""How long one course takes many people."""
