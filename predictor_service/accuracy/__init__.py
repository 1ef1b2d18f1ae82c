"""The ledger's other side: what outings took, beside what had been said of them."""
