"""One database of a service: transactions, migrations, and which rows are one person's."""
