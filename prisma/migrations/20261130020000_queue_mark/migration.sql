-- What the queue is known by. One that has another mark has lost its jobs: what had been handed to it is handed over again.
ALTER TABLE deployment ADD COLUMN queue_mark text;
GRANT UPDATE (queue_mark) ON deployment TO likeness_system;
