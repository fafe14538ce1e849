-- What the queues of before are known by, the last one first. One of them that is met again has lost nothing: it is in use beside another.
ALTER TABLE deployment ADD COLUMN former_queue_marks text[] NOT NULL DEFAULT '{}';
GRANT UPDATE (former_queue_marks) ON deployment TO likeness_system;
