"""What the network's own people look after: accounts, associations, senders, requests of persons, the audit trail."""
