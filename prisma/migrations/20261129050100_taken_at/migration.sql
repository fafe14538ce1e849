-- When photographs were taken and people lived, where that is known.
ALTER TABLE images ADD COLUMN taken_at timestamptz(3);
ALTER TABLE persons ADD COLUMN born_on date, ADD COLUMN died_on date;
