-- A message that waits while other tenants wait, too, is admitted in parts: the relay writes the first one, and what is left of it.
GRANT INSERT, UPDATE (payload, cost) ON outbox TO likeness_system;
